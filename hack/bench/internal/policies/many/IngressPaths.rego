# match: networking.k8s.io/Ingress
package ingresspaths

violation[{"msg": msg}] {
	rule := input.review.object.spec.rules[_]
	a := rule.http.paths[i]
	b := rule.http.paths[j]
	i < j
	startswith(b.path, a.path)
	msg := sprintf("%v%v hides %v", [rule.host, a.path, b.path])
}
