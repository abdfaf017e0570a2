# match: rbac.authorization.k8s.io/RoleBinding
# parameters: {"roles": {"ClusterRole": ["view", "edit"]}}
package rolebindingrole

ok {
	role := input.review.object.roleRef
	role.name == input.parameters.roles[role.kind][_]
}

ok {
	input.review.object.roleRef.kind == "Role"
}

violation[{"msg": msg}] {
	not ok
	msg := sprintf("%v %v is not to be bound", [input.review.object.roleRef.kind, input.review.object.roleRef.name])
}
