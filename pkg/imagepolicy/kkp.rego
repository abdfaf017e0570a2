package allowedregistry

violation[{"msg": msg}] {
  container := input.review.object.spec.containers[_]
  not allowed(container.image)
  msg := sprintf("container <%v> has an invalid image registry <%v>, allowed image registries are %v", [container.name, container.image, input.parameters.allowed_registry])
}

violation[{"msg": msg}] {
  container := input.review.object.spec.initContainers[_]
  not allowed(container.image)
  msg := sprintf("init container <%v> has an invalid image registry <%v>, allowed image registries are %v", [container.name, container.image, input.parameters.allowed_registry])
}

allowed(image) {
  startswith(image, input.parameters.allowed_registry[_])
}
