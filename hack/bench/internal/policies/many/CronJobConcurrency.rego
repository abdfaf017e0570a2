# match: batch/CronJob
# parameters: {"policies": {"Forbid": 1, "Replace": 1}}
package cronjobconcurrency

policy := object.get(input.review.object.spec, "concurrencyPolicy", "Allow")

violation[{"msg": msg}] {
	not input.parameters.policies[policy]
	msg := sprintf("cronjob %v has the policy %v", [input.review.object.metadata.name, upper(policy)])
}
