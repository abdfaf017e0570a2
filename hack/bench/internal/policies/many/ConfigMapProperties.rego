# match: v1/ConfigMap
# parameters: {"required": {"log.level": ["info", "warn"]}}
package configmapproperties

properties[name] = value {
	line := split(input.review.object.data["app.properties"], "\n")[_]
	pair := split(line, "=")
	count(pair) == 2
	name := trim_space(pair[0])
	value := trim_space(pair[1])
}

violation[{"msg": msg}] {
	allowed := input.parameters.required[name]
	found := properties[name]
	not has(allowed, found)
	msg := sprintf("%v is %v, want one of %v", [name, found, allowed])
}

has(list, value) {
	list[_] == value
}
