# match: apps/Deployment
# parameters: {"min": 2, "max": 4}
package deploymentreplicas

violation[{"msg": msg}] {
	replicas := object.get(input.review.object.spec, "replicas", 1)
	not within(replicas, input.parameters.min, input.parameters.max)
	msg := sprintf("%v has %v replicas, want %v to %v", [input.review.object.metadata.name, replicas, input.parameters.min, input.parameters.max])
}

within(value, least, most) {
	value >= least
	value <= most
}
