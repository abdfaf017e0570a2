# match: v1/PersistentVolumeClaim
package volumeclaimaccess

modes[mode] {
	mode := input.review.object.spec.accessModes[_]
}

violation[{"msg": "many nodes may write, but the class is fast"}] {
	modes.ReadWriteMany
	input.review.object.spec.storageClassName == "fast"
}
