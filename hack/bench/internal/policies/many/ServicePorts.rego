# match: v1/Service
# parameters: {"ranges": [{"from": 80, "to": 80}, {"from": 8000, "to": 8999}]}
package serviceports

allowed(port) {
	range := input.parameters.ranges[_]
	range.from <= port
	port <= range.to
}

violation[{"msg": msg}] {
	port := input.review.object.spec.ports[_].port
	not allowed(port)
	msg := sprintf("port %d is not allowed", [port])
}
