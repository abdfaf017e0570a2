# match: v1/ConfigMap
package configmapjson

violation[{"msg": msg}] {
	text := input.review.object.data[key]
	endswith(key, ".json")
	not json.is_valid(text)
	msg := sprintf("%v is no JSON", [key])
}

violation[{"msg": msg}] {
	text := input.review.object.data[key]
	endswith(key, ".json")
	json.is_valid(text)
	settings := json.unmarshal(text)
	settings.debug == true
	msg := sprintf("%v turns debugging on", [key])
}
