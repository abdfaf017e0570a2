# METADATA
# title: Kubernetes API client
# description: |
#   Asks the Kubernetes API while a policy is evaluated, with the kubeconfig of
#   the user. "kubectl opa query" loads this package always; what it calls exists
#   nowhere else.
#
#   A resource is anything that kubectl takes: a plural, singular or short name,
#   alone or as "deployments.apps" or "deployments.v1.apps".
#
#   A result is an HTTP response (status_code, status, headers, body). The
#   fields of its body stand beside these as well, where the name is free: both
#   result.body.items and result.items are the objects of a list. That
#   something is forbidden (403) or not there (404) is a result too. Every
#   other failure ends the evaluation. So does an argument that makes no sense.
#
#   The same question is asked once in an evaluation. Lists are read page by
#   page, and are whole or an error. metadata.managedFields is left out.
# related_resources:
# - https://kubernetes.io/docs/reference/using-api/api-concepts/
package kubernetes.api.client

# METADATA
# title: One object
# description: |
#   Gets the object of that name. The namespace is ignored where the resource
#   is cluster-scoped, and may not be empty where it is not.
#   Example: query_name_ns("deployments", "my-app", "default")
query_name_ns(resource, name, namespace) := kubectl_opa.query_name_ns(resource, name, namespace)

# METADATA
# title: Objects with labels
# description: |
#   Lists the objects of one namespace, or of all where it is "", that a label
#   selector selects: a map of labels and their values, or kubectl's syntax.
#   Examples: query_label_selector_ns("deployments", {"app": "my-app"}, "default")
#   and query_label_selector_ns("pods", "app in (a, b), !canary", "")
query_label_selector_ns(resource, selector, namespace) := kubectl_opa.query_label_selector_ns(
	resource,
	selector,
	namespace,
)

# METADATA
# title: All objects
# description: |
#   Lists the objects of all namespaces.
#   Example: query_all("deployments")
query_all(resource) := kubectl_opa.query_all(resource)

# METADATA
# title: Objects of a namespace
# description: |
#   Lists the objects of one namespace, or of all where it is "".
#   Example: query_ns("deployments", "default")
query_ns(resource, namespace) := kubectl_opa.query_ns(resource, namespace)

# METADATA
# title: One cluster-scoped object
# description: |
#   Gets the object of that name, of a resource that has no namespaces.
#   Example: query_name("nodes", "worker-1")
query_name(resource, name) := kubectl_opa.query_name(resource, name)

# METADATA
# title: Objects with labels, of all namespaces
# description: |
#   Lists the objects of all namespaces that a label selector selects.
#   Example: query_label_selector("pods", {"app": "my-app"})
query_label_selector(resource, selector) := kubectl_opa.query_label_selector(resource, selector)

# METADATA
# title: Objects with fields
# description: |
#   Lists the objects of one namespace, or of all where it is "", that a field
#   selector selects: a map of fields and their values, or kubectl's syntax.
#   Which fields can be selected by depends on the resource: all have
#   metadata.name, and where they are namespaced metadata.namespace.
#   Example: query_field_selector_ns("pods", {"spec.nodeName": "worker-1"}, "")
query_field_selector_ns(resource, selector, namespace) := kubectl_opa.query_field_selector_ns(
	resource,
	selector,
	namespace,
)
