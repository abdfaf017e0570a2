# match: batch/CronJob
# parameters: {"max": 5}
package cronjobhistory

kept := total {
	limits := [limit | limit := input.review.object.spec[field]; endswith(field, "JobsHistoryLimit")]
	total := sum(limits)
}

violation[{"msg": msg}] {
	kept > input.parameters.max
	msg := sprintf("%d jobs are kept, %d more than there should be", [kept, kept - input.parameters.max])
}
