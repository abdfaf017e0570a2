# match: networking.k8s.io/Ingress
# parameters: {"patterns": ["*.example.com", "*.*.example.com"]}
package ingresshosts

violation[{"msg": msg}] {
	host := input.review.object.spec.rules[_].host
	not fits(host)
	msg := sprintf("host %v fits none of %v", [host, input.parameters.patterns])
}

fits(host) {
	glob.match(input.parameters.patterns[_], ["."], host)
}
