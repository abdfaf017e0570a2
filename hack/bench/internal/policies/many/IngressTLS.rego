# match: networking.k8s.io/Ingress
package ingresstls

secured := {host | host := input.review.object.spec.tls[_].hosts[_]}

violation[{"msg": msg}] {
	hosts := {host | host := input.review.object.spec.rules[_].host}
	plain := hosts - secured
	count(plain) > 0
	msg := sprintf("hosts without TLS: %v", [concat(", ", plain)])
}
