# match: v1/Pod
# parameters: {"allowed": ["configMap", "emptyDir", "projected"]}
package podvolumes

violation[{"msg": msg}] {
	volume := input.review.object.spec.volumes[_]
	kinds := {kind | volume[kind]; kind != "name"}
	kind := kinds[_]
	not allowed[kind]
	msg := sprintf("volume %v is a %v", [volume.name, kind])
}

allowed[kind] {
	kind := input.parameters.allowed[_]
}
