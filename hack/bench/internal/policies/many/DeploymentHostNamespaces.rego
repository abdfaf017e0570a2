# match: apps/Deployment
# parameters: {"fields": ["hostNetwork", "hostPID", "hostIPC"]}
package deploymenthostnamespaces

violation[{"msg": msg}] {
	field := input.parameters.fields[_]
	input.review.object.spec.template.spec[field] == true
	msg := sprintf("%v shares the node's %v", [input.review.object.metadata.name, lower(trim_prefix(field, "host"))])
}
