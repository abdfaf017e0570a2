package kubernetes.api.client

# Which resource a word means, by data.kubernetes.api.resources: what the server
# serves, and what each is called. The rules are those of kubectl, but that a
# word which several groups have an equal claim to is ambiguous.

_no_word(word) := sprintf(`invalid argument "resource": want a string, found %s`, [_type(word)]) if {
	not is_string(word)
} else := `invalid argument "resource": may not be empty` if {
	word == ""
}

# _find is the resource that a word means, or an object with an error.
_find(word) := {"error": sprintf("the server has no resource %s%s", [_quote(word), silent])} if {
	count(_meant(word)) == 0
	silent := concat("", [text |
		groups := data.kubernetes.api.resources.unasked
		count(groups) > 0
		text := sprintf(" (but the API groups %s did not answer)", [concat(", ", groups)])
	])
} else := {"error": sprintf("resource %s is ambiguous; write one of: %s", [_quote(word), concat(", ", names)])} if {
	names := {_full(resource) | some resource in _foremost(_meant(word))}
	count(names) > 1
} else := _foremost(_meant(word))[0]

_full(resource) := concat(".", [part | some part in [resource.name, resource.group]; part != ""])

# _foremost are those of the group with the best claim: the core group, else the
# first that Kubernetes itself defines. They are all, where none has a claim.
_foremost(resources) := core if {
	core := [resource | some resource in resources; resource.group == ""]
	count(core) > 0
} else := [resource | some resource in resources; resource.group == own[0]] if {
	own := [resource.group | some resource in resources; resource.group in data.kubernetes.api.resources.own]
	count(own) > 0
} else := resources

# _meant are the resources that a word can mean: "name" in any group,
# "name.version.group", else "name.group", else one whose group begins so.
_meant(word) := found if {
	[name, qualifiers] := _cut(lower(word))
	founds := [found |
		some qualifier in qualifiers
		found := _named(name, qualifier)
		count(found) > 0
	]
	found := founds[0]
} else := []

# _cut is the name in a word, and what else it may say of the resource, the
# first reading first.
_cut(word) := [word, [{}]] if {
	not contains(word, ".")
} else := [parts[0], array.concat(versions, [{"group": rest}, {"beginning": rest}])] if {
	parts := split(word, ".")
	rest := concat(".", array.slice(parts, 1, count(parts)))
	versions := [{"version": parts[1], "group": group} |
		count(parts) > 2
		group := concat(".", array.slice(parts, 2, count(parts)))
	]
}

# _named are the resources of a name, among those that qualify: by plural or
# singular, else by short name, else by kind.
_named(name, qualifier) := found if {
	founds := [found |
		some class in ["names", "short", "kinds"]
		found := [resource |
			some i in data.kubernetes.api.resources.words[name][class]
			resource := data.kubernetes.api.resources.served[i]
			_qualifies(resource, qualifier)
		]
		count(found) > 0
	]
	found := founds[0]
} else := []

_qualifies(resource, qualifier) if {
	resource.group == object.get(qualifier, "group", resource.group)
	resource.version == object.get(qualifier, "version", resource.version)
	object.get(qualifier, "beginning", "no group") != ""
	startswith(resource.group, object.get(qualifier, "beginning", ""))
}
