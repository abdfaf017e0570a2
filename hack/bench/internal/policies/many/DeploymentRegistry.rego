# match: apps/Deployment
# parameters: {"registries": ["registry.example.com", "quay.io"]}
package deploymentregistry

images[image] {
	image := input.review.object.spec.template.spec.containers[_].image
}

images[image] {
	image := input.review.object.spec.template.spec.initContainers[_].image
}

violation[{"msg": msg}] {
	image := images[_]
	count({r | r := input.parameters.registries[_]; startswith(image, concat("", [r, "/"]))}) == 0
	msg := sprintf("image %q is of none of the registries %v", [image, input.parameters.registries])
}
