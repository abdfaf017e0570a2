# match: apps/Deployment
# parameters: {"max": "512Mi"}
package deploymentmemory

units := {"Ki": 1024, "Mi": 1048576, "Gi": 1073741824}

bytes(quantity) = result {
	unit := substring(quantity, count(quantity) - 2, 2)
	result := to_number(trim_suffix(quantity, unit)) * units[unit]
}

violation[{"msg": msg}] {
	container := input.review.object.spec.template.spec.containers[_]
	limit := container.resources.limits.memory
	bytes(limit) > bytes(input.parameters.max)
	msg := sprintf("container %v may take %v of memory, more than %v", [container.name, limit, input.parameters.max])
}

violation[{"msg": msg}] {
	container := input.review.object.spec.template.spec.containers[_]
	not container.resources.limits.memory
	msg := sprintf("container %v has no limit of memory", [container.name])
}
