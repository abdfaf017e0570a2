# match: apps/Deployment
package deploymentselector

violation[{"msg": msg}] {
	labels := object.get(input.review.object.spec.template.metadata, "labels", {})
	wanted := input.review.object.spec.selector.matchLabels
	missing := [key | value := wanted[key]; object.get(labels, key, null) != value]
	count(missing) > 0
	msg := sprintf("the template lacks labels of the selector: %v", [missing])
}
