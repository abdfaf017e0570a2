# match: v1/Service
# parameters: {"labels": {"team": ["accounts", "billing"], "tier": []}}
package servicelabels

labels := object.get(input.review.object.metadata, "labels", {})

violation[{"msg": msg}] {
	values := input.parameters.labels[key]
	not labels[key]
	msg := sprintf("label %v is not there, one of %v", [key, values])
}

violation[{"msg": msg}] {
	values := input.parameters.labels[key]
	count(values) > 0
	found := labels[key]
	count([1 | values[_] == found]) == 0
	msg := sprintf("label %v is %v", [key, found])
}
