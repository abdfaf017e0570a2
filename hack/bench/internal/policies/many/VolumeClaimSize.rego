# match: v1/PersistentVolumeClaim
# parameters: {"max": {"fast": "20Gi", "slow": "100Gi"}}
package volumeclaimsize

gib(quantity) = to_number(trim_suffix(quantity, "Gi")) {
	endswith(quantity, "Gi")
}

gib(quantity) = to_number(trim_suffix(quantity, "Ti")) * 1024 {
	endswith(quantity, "Ti")
}

violation[{"msg": msg}] {
	claim := input.review.object.spec
	most := input.parameters.max[claim.storageClassName]
	gib(claim.resources.requests.storage) > gib(most)
	msg := sprintf("%v of %v is more than %v", [claim.resources.requests.storage, claim.storageClassName, most])
}
