# match: rbac.authorization.k8s.io/Role
package rolewildcards

violation[{"msg": msg}] {
	rule := input.review.object.rules[i]
	field := {"verbs", "resources", "apiGroups"}[_]
	rule[field][_] == "*"
	msg := sprintf("rule %d has all %v", [i, field])
}
