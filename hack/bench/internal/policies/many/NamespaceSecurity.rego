# match: v1/Namespace
package namespacesecurity

levels := ["privileged", "baseline", "restricted"]

rank(level) = i {
	levels[i] == level
}

violation[{"msg": msg}] {
	found := object.get(object.get(input.review.object.metadata, "labels", {}), "pod-security.kubernetes.io/enforce", "privileged")
	rank(found) < rank("baseline")
	msg := sprintf("pod security is %v, want %v or more", [found, levels[1]])
}
