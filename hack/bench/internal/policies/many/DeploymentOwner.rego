# match: apps/Deployment
# parameters: {"key": "example.com/owner", "pattern": "^[a-z]+ <[a-z]+@example\\.com>$"}
package deploymentowner

owner := object.get(object.get(input.review.object.metadata, "annotations", {}), input.parameters.key, "")

violation[{"msg": "it has no owner"}] {
	owner == ""
}

violation[{"msg": msg}] {
	owner != ""
	not re_match(input.parameters.pattern, owner)
	msg := sprintf("owner %q is none", [owner])
}
