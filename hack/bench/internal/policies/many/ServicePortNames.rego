# match: v1/Service
package serviceportnames

bad[name] {
	name := input.review.object.spec.ports[_].name
	not regex.match("^(http|https|grpc|tcp)(-[a-z0-9]+)?$", name)
}

violation[{"msg": msg}] {
	count(bad) > 0
	msg := sprintf("names of ports tell no protocol: %v", [bad])
}
