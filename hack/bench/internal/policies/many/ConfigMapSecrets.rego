# match: v1/ConfigMap
# parameters: {"words": ["password", "token", "private key"]}
package configmapsecrets

violation[{"msg": msg}] {
	line := split(input.review.object.data[key], "\n")[number]
	word := input.parameters.words[_]
	contains(lower(line), word)
	msg := sprintf("line %d of %v speaks of a %v", [number + 1, key, word])
}
