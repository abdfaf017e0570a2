# match: v1/Namespace
# parameters: {"reserved": ["kube-", "default"], "max": 14}
package namespacename

name := input.review.object.metadata.name

violation[{"msg": msg}] {
	prefix := input.parameters.reserved[_]
	startswith(name, prefix)
	msg := sprintf("names with %v are reserved", [prefix])
}

violation[{"msg": msg}] {
	count(name) > input.parameters.max
	msg := sprintf("%v has more than %d letters", [name, input.parameters.max])
}
