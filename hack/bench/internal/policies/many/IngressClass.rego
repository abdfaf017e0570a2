# match: networking.k8s.io/Ingress
# parameters: {"class": "internal"}
package ingressclass

class = name {
	name := input.review.object.spec.ingressClassName
} else = name {
	name := input.review.object.metadata.annotations["kubernetes.io/ingress.class"]
} else = "none" {
	true
}

violation[{"msg": msg}] {
	class != input.parameters.class
	msg := sprintf("class %v is not %v", [class, input.parameters.class])
}
