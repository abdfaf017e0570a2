package kubernetes.api.client

# What arguments may be. What tells of a problem is undefined where there is none.

# _no_question is what is wrong with the arguments, for a resource.
_no_question(resource, arguments) := sprintf(`invalid argument "name": %s`, [problem]) if {
	problem := _no_name(arguments.name, "name")
} else := sprintf(`invalid argument "selector": %s`, [problem]) if {
	problem := _no_selector(arguments)
} else := sprintf(`invalid argument "namespace": %s`, [problem]) if {
	problem := _no_namespace(resource, arguments)
} else := sprintf("invalid argument: %s", [problem]) if {
	resource.namespaced
	object.keys(arguments) == {"name"}
	problem := sprintf("%s are namespaced; ask query_name_ns, which takes a namespace", [_full(resource)])
}

_no_namespace(resource, arguments) := sprintf("want a string, found %s", [_type(namespace)]) if {
	namespace := arguments.namespace
	not is_string(namespace)
} else := problem if {
	resource.namespaced
	arguments.namespace != ""
	problem := _no_name(arguments.namespace, "namespace")
} else := sprintf("may not be empty: %s are namespaced", [_full(resource)]) if {
	resource.namespaced
	arguments.namespace == ""
	_wanted(arguments) == "object"
}

# _no_name is why a value cannot be one segment of a path. Escaping is not
# enough: the API server splits the path after it has unescaped it, so that
# "x%2Flog" would name a subresource. It allows no such names either.
_no_name(value, kind) := sprintf("want a string, found %s", [_type(value)]) if {
	not is_string(value)
} else := sprintf("%s is no %s: it %s", [_quote(value), kind, problem]) if {
	problem := _no_segment(value)
}

_no_segment(text) := "may not be empty" if {
	text == ""
} else := sprintf("may not be longer than 4096 bytes, has %d", [_bytes(text)]) if {
	_bytes(text) > 4096
} else := sprintf("may not be '%s'", [text]) if {
	text in {".", ".."}
} else := "may not contain '/'" if {
	contains(text, "/")
} else := "may not contain '%'" if {
	contains(text, "%")
}

# _bytes is the length of a text in bytes.
_bytes(text) := count(hex.encode(text)) / 2

# _quote is a value for a message, shortened where it is long.
_quote(text) := sprintf("%q…", [substring(text, 0, 80)]) if {
	count(text) > 80
} else := sprintf("%q", [text])

# _type is what a value is, for a message.
_type(value) := "null" if {
	is_null(value)
} else := sprintf("an %s", [name]) if {
	name := type_name(value)
	name in {"array", "object"}
} else := sprintf("a %s", [type_name(value)])
