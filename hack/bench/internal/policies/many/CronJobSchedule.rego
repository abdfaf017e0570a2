# match: batch/CronJob
package cronjobschedule

violation[{"msg": msg}] {
	fields := split(input.review.object.spec.schedule, " ")
	each := [f | f := fields[_]; any([f == "*", startswith(f, "*/")])]
	count(each) == count(fields)
	msg := sprintf("schedule %q runs all day", [input.review.object.spec.schedule])
}
