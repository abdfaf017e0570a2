# match: apps/Deployment
package deploymentenvironment

violation[{"msg": msg, "details": {"names": repeated}}] {
	container := input.review.object.spec.template.spec.containers[i]
	names := [name | name := container.env[_].name]
	repeated := {name | name := names[a]; names[b] == name; a < b}
	count(repeated) > 0
	msg := sprintf("container %d sets %v more than once", [i, concat(", ", sort(repeated))])
}
