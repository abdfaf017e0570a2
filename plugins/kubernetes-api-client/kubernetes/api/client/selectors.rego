package kubernetes.api.client

# Selectors: a map, whose keys and values are never read as syntax, or a string
# in kubectl's syntax, which the server parses.

_no_selector(arguments) := problem if {
	problem := _no_selector_of("label", arguments.labels)
} else := problem if {
	problem := _no_selector_of("field", arguments.fields)
}

_no_selector_of(kind, selector) := sprintf("want a map of %ss or a string, found %s", [kind, _type(selector)]) if {
	not is_string(selector)
	not is_object(selector)
} else := sprintf("a %s selector has no NUL characters", [kind]) if {
	# The server's parser of labels would take it for the end.
	is_string(selector)
	contains(selector, "\u0000")
} else := problems[0] if {
	is_object(selector)
	problems := [problem | some key, value in selector; problem := _no_pair(kind, key, value)]
} else := sprintf("may not be longer than %d bytes, has %d", [longest, size]) if {
	# As a part of the URL it has to fit a request header.
	longest := 262144
	size := _bytes(_selector(kind, selector))
	size > longest
}

_no_pair(kind, key, value) := sprintf("want strings as keys, found %s", [_type(key)]) if {
	not is_string(key)
} else := sprintf("want a string as value of %s %s, found %s", [kind, _quote(key), _type(value)]) if {
	not is_string(value)
} else := sprintf("%s is no key of a label", [_quote(key)]) if {
	kind == "label"
	not _label_key(key)
} else := sprintf("label %s cannot have the value %s", [_quote(key), _quote(value)]) if {
	kind == "label"
	not _label_value(value)
} else := "a field has no name" if {
	kind == "field"
	key == ""
} else := sprintf("%s is no name of a field", [_quote(key)]) if {
	# The syntax cannot escape anything there.
	kind == "field"
	some character in ["=", "!", ",", `\`]
	contains(key, character)
}

# https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set
_label_key(key) if {
	not contains(key, "/")
	_label_name(key)
}

_label_key(key) if {
	[prefix, name] := split(key, "/")
	count(prefix) <= 253
	regex.match(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`, prefix)
	_label_name(name)
}

_label_name(text) if {
	count(text) <= 63
	regex.match(`^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$`, text)
}

_label_value("")

_label_value(text) if _label_name(text)

# _selector is a selector in the API's syntax.
_selector(kind, selector) := selector if {
	is_string(selector)
} else := concat(",", [pair | some key, value in selector; pair := concat("=", [key, _value(kind, value)])])

_value(kind, value) := strings.replace_n({`\`: `\\`, ",": `\,`, "=": `\=`}, value) if {
	kind == "field"
} else := value
