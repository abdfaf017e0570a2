# match: apps/Deployment
package deploymentprivilege

violation[{"msg": msg}] {
	walk(input.review.object.spec.template, [path, value])
	count(path) > 0
	path[count(path) - 1] == "privileged"
	value == true
	msg := sprintf("%v is true", [concat(".", [text | text := sprintf("%v", [path[_]])])])
}
