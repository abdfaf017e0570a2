package kubernetes.api.client

# _answer is what a policy gets: the response, and beside it the fields of its
# body where the response has none of that name. So both result.body.items and
# result.items are the objects of a list.
_answer(response, wanted) := _refused(0, response.error.message) if {
	response.status_code == 0
} else := _result(response, response.body) if {
	response.status_code != 200
	json.is_valid(response.raw_body)
} else := _result(response, null) if {
	# Such as "404 page not found", of which http.send would make the number.
	response.status_code != 200
} else := _refused(0, "the server answers 200, but with something else than a JSON object") if {
	not is_object(response.body)
} else := _result(response, json.remove(response.body, ["metadata/managedFields"])) if {
	wanted == "object"
} else := _refused(0, "the server answers with a part of the list only") if {
	object.get(response.body, ["metadata", "continue"], "") != ""
} else := _result(response, object.union(object.remove(body, ["items"]), {"items": items})) if {
	body := json.remove(response.body, ["metadata/continue", "metadata/remainingItemCount"])
	items := _items(body.items)
} else := _refused(0, "the server answers 200, but with something else than a list of objects")

# _items are the items of a list, undefined where they are none. Programs in Go
# that serve an API write an empty list as null.
_items(null) := []

_items(items) := objects if {
	is_array(items)
	objects := [object |
		some item in items
		is_object(item)
		object := json.remove(item, ["metadata/managedFields"])
	]
	count(objects) == count(items)
}

_result(response, body) := object.union(object.remove(fields, object.keys(own)), own) if {
	own := {
		"status_code": response.status_code,
		"status": response.status,
		"headers": response.headers,
		"body": body,
	}
	fields := {key: value | is_object(body); some key, value in body}
}
