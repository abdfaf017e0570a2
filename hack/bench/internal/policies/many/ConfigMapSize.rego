# match: v1/ConfigMap
# parameters: {"max": 600}
package configmapsize

size := sum([length | value := input.review.object.data[key]; length := count(key) + count(value)])

violation[{"msg": msg, "details": {"size": size}}] {
	size > input.parameters.max
	msg := sprintf("it holds %d characters, more than %d", [size, input.parameters.max])
}
