# METADATA
# title: Namespaces that lack what each should have
# description: |
#   Finds namespaces without an object of each of the kinds in input.require,
#   such as resourcequotas and limitranges. Those in input.exempt are left out,
#   and those of Kubernetes itself.
package quota

import data.kubernetes.api.client

findings contains finding if {
	some namespace in namespaces.items
	not is_exempt(namespace.metadata.name)
	some resource, answer in answers
	answer.status_code == 200
	not namespace.metadata.name in {item.metadata.namespace | some item in answer.items}
	finding := sprintf("%s has no %s", [namespace.metadata.name, resource])
}

# What may not be read is not what is fine.
findings contains finding if {
	some resource, answer in answers
	answer.status_code != 200
	finding := sprintf("%s cannot be listed: %s", [resource, answer.status])
}

findings contains finding if {
	namespaces.status_code != 200
	finding := sprintf("namespaces cannot be listed: %s", [namespaces.status])
}

namespaces := client.query_all("namespaces")

# Which resources these are, is for the input to say: the code alone cannot tell
# which rights the policy needs.
answers[resource] := client.query_all(resource) if {
	some resource in input.require
}

is_exempt(name) if startswith(name, "kube-")

is_exempt(name) if name in object.get(input, "exempt", [])
