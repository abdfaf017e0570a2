package kubernetes.api.client

# Where a question goes. The environment is read here and only within functions:
# what a rule of its own had would be for everyone to see under /v1/data.

_path(resource, arguments) := concat("/", [escaped |
	some segment in array.concat(_place(resource, arguments), [name | name := arguments.name])
	escaped := replace(urlquery.encode(segment), "+", "%20")
])

_place(resource, arguments) := array.concat(_version(resource), ["namespaces", arguments.namespace, resource.name]) if {
	resource.namespaced
	arguments.namespace != ""
} else := array.concat(_version(resource), [resource.name])

_version(resource) := ["api", resource.version] if {
	resource.group == ""
} else := ["apis", resource.group, resource.version]

_query(arguments) := concat("", ["?", urlquery.encode_object(parameters)]) if {
	labels := {"labelSelector": text | text := _selector("label", arguments.labels); text != ""}
	fields := {"fieldSelector": text | text := _selector("field", arguments.fields); text != ""}
	parameters := object.union(labels, fields)
	count(parameters) > 0
} else := ""

# _get is the response to a request, as http.send gives it.
_get(target) := _send(target, object.get(opa.runtime(), "env", {}))

_send(target, env) := {"status_code": 0, "error": {"message": "the environment has no KUBERNETES_API_TOKEN"}} if {
	_variable(env, "KUBERNETES_API_TOKEN") == ""
	target
} else := http.send(object.union(_trust(env), {
	"method": "GET",
	"url": concat("/", [_server(env), target]),
	"headers": {
		"Accept": "application/json",
		"Authorization": concat(" ", ["Bearer", _variable(env, "KUBERNETES_API_TOKEN")]),
	},
	"force_json_decode": true,
	"enable_redirect": false,
	"raise_error": false,
	"timeout": "60s",
}))

# _server is the URL of the API server.
_server(env) := trim_right(given, "/") if {
	given := _variable(env, "KUBERNETES_API_SERVER")
	given != ""
} else := sprintf("https://%s:%s", [_bracketed(host), port]) if {
	host := _variable(env, "KUBERNETES_SERVICE_HOST")
	host != ""
	port := _variable(env, "KUBERNETES_SERVICE_PORT")
	port != ""
} else := "https://kubernetes.default.svc"

_bracketed(host) := sprintf("[%s]", [host]) if {
	contains(host, ":")
} else := host

# _trust is what the certificate of the API server is checked with.
_trust(env) := {} if {
	startswith(_server(env), "http:")
} else := {"tls_ca_cert": given} if {
	given := _variable(env, "KUBERNETES_API_CA")
	given != ""
} else := {"tls_ca_cert_file": "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt"}

# _variable is a variable of an environment, without the spaces and line ends
# around it; "" where it is not set.
_variable(env, name) := trim_space(object.get(env, name, ""))
