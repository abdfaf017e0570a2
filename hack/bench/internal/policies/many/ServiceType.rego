# match: v1/Service
# parameters: {"denied": ["NodePort", "LoadBalancer"], "except": "ingress-"}
package servicetype

violation[{"msg": msg}] {
	input.review.object.spec.type == input.parameters.denied[_]
	not startswith(input.review.object.metadata.name, input.parameters.except)
	msg := sprintf("service %v/%v is a %v", [input.review.object.metadata.namespace, input.review.object.metadata.name, input.review.object.spec.type])
}
