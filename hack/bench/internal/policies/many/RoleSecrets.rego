# match: rbac.authorization.k8s.io/Role
# parameters: {"verbs": ["list", "watch"]}
package rolesecrets

violation[{"msg": msg}] {
	rule := input.review.object.rules[_]
	rule.resources[_] == "secrets"
	count({v | v := rule.verbs[_]} & {v | v := input.parameters.verbs[_]}) > 0
	not rule.resourceNames
	msg := sprintf("secrets can be read all at once: %v", [json.marshal(rule)])
}
