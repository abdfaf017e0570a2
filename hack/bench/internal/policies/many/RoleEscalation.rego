# match: rbac.authorization.k8s.io/Role
package roleescalation

dangerous := {
	"pods/exec": {"create"},
	"serviceaccounts/token": {"create"},
	"rolebindings": {"create", "update", "patch", "bind"},
}

violation[{"msg": msg}] {
	rule := input.review.object.rules[_]
	verbs := dangerous[rule.resources[r]]
	verb := rule.verbs[_]
	verbs[verb]
	msg := sprintf("it may %v %v", [verb, rule.resources[r]])
}
