# match: rbac.authorization.k8s.io/RoleBinding
package rolebindingnamespace

violation[{"msg": msg}] {
	here := input.review.object.metadata.namespace
	some i
	subject := input.review.object.subjects[i]
	subject.kind == "ServiceAccount"
	object.get(subject, "namespace", here) != here
	msg := sprintf("subject %d is of namespace %v, not of %v", [i, subject.namespace, here])
}
