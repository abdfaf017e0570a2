# match: v1/Service
package serviceselector

selects {
	count(input.review.object.spec.selector) > 0
}

violation[{"msg": "a service without a selector needs a name outside of the cluster"}] {
	not selects
	not input.review.object.spec.externalName
}
