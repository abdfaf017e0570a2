# match: apps/Deployment
# parameters: {"forbidden": ["latest", ""]}
package deploymentimagetag

violation[{"msg": msg}] {
	container := input.review.object.spec.template.spec.containers[_]
	found := tag(container.image)
	found == input.parameters.forbidden[_]
	msg := sprintf("container <%v> has the tag <%v>", [container.name, found])
}

tag(image) = found {
	parts := split(image, "/")
	name := split(parts[count(parts) - 1], ":")
	count(name) == 2
	found := name[1]
}

tag(image) = "" {
	parts := split(image, "/")
	not contains(parts[count(parts) - 1], ":")
}
