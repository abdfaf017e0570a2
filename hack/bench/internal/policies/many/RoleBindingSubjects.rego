# match: rbac.authorization.k8s.io/RoleBinding
# parameters: {"denied": ["system:authenticated", "system:unauthenticated"]}
package rolebindingsubjects

denied := {name | name := input.parameters.denied[_]}

violation[{"msg": msg}] {
	subject := input.review.object.subjects[_]
	subject.kind == "Group"
	denied[subject.name]
	msg := sprintf("%v is bound to %v", [subject.name, input.review.object.roleRef.name])
}
