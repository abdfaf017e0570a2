# match: v1/ConfigMap
package configmapkeys

extensions := {"json", "yaml", "properties", "txt"}

violation[{"msg": msg}] {
	keys := {key | input.review.object.data[key]}
	odd := {key | key := keys[_]; parts := split(key, "."); not extensions[parts[count(parts) - 1]]}
	odd != set()
	msg := sprintf("keys without a known extension: %v", [sort(odd)])
}
