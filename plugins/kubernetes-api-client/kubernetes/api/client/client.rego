# METADATA
# title: Kubernetes API client of a deployed OPA
# description: |
#   The functions of "kubectl opa query" for a stock OPA: plain Rego on
#   http.send, with the token, the address and the CA of its environment. The
#   README beside the bundle tells how to deploy it.
#
#   Results are those of "kubectl opa query", where the functions are described
#   too, but for what plain Rego cannot do. A function cannot end an evaluation,
#   so what would do that there is a result here:
#
#   - {"status_code": 400, "error": …} for an argument that makes no sense, and
#     {"status_code": 404, "error": …} for a resource that is unknown or
#     ambiguous; nothing is sent.
#   - {"status_code": 0, "error": …} where there is no answer that can be used:
#     no table of resources, no token, no connection, not what an API server says.
#   - the response itself where the server refuses (400, 401, 405, 500, …).
#
#   None of these has items or metadata of an object: a policy that must not
#   take a failure for "nothing found" has to look at status_code. And a list is
#   asked for as a whole, as Rego cannot follow a continue token.
# related_resources:
# - https://kubernetes.io/docs/reference/using-api/api-concepts/
package kubernetes.api.client

# METADATA
# title: One object
# description: 'Example: query_name_ns("deployments", "my-app", "default")'
query_name_ns(resource, name, namespace) := _ask(resource, {"name": name, "namespace": namespace})

# METADATA
# title: Objects with labels
# description: |
#   Examples: query_label_selector_ns("deployments", {"app": "my-app"}, "default")
#   and query_label_selector_ns("pods", "app in (a, b), !canary", "")
query_label_selector_ns(resource, selector, namespace) := _ask(resource, {"labels": selector, "namespace": namespace})

# METADATA
# title: All objects
# description: 'Example: query_all("deployments")'
query_all(resource) := _ask(resource, {})

# METADATA
# title: Objects of a namespace
# description: 'Example: query_ns("deployments", "default"), or "" for all namespaces'
query_ns(resource, namespace) := _ask(resource, {"namespace": namespace})

# METADATA
# title: One cluster-scoped object
# description: 'Example: query_name("nodes", "worker-1")'
query_name(resource, name) := _ask(resource, {"name": name})

# METADATA
# title: Objects with labels, of all namespaces
# description: 'Example: query_label_selector("pods", {"app": "my-app"})'
query_label_selector(resource, selector) := _ask(resource, {"labels": selector})

# METADATA
# title: Objects with fields
# description: 'Example: query_field_selector_ns("pods", {"spec.nodeName": "worker-1"}, "")'
query_field_selector_ns(resource, selector, namespace) := _ask(resource, {"fields": selector, "namespace": namespace})

# _ask is the answer to a question: a word for a resource, and the arguments
# that the function has, by what they are.
_ask(word, arguments) := _refused(0, "there is no table of resources, data.kubernetes.api.resources") if {
	not data.kubernetes.api.resources
} else := _refused(400, problem) if {
	problem := _no_word(word)
} else := _refused(404, found.error) if {
	found := _find(word)
	found.error
} else := _refused(400, problem) if {
	problem := _no_question(_find(word), arguments)
} else := _answer(
	_get(concat("", [_path(_find(word), arguments), _query(arguments)])),
	_wanted(arguments),
)

_refused(code, problem) := {"status_code": code, "error": problem}

_wanted(arguments) := "object" if {
	"name" in object.keys(arguments)
} else := "list"
