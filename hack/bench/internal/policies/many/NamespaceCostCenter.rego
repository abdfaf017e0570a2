# match: v1/Namespace
package namespacecostcenter

violation[{"msg": msg}] {
	center := input.review.object.metadata.annotations["example.com/cost-center"]
	digits := [to_number(d) | d := regex.find_n("[0-9]", center, -1)[_]]
	check := sum([d | d := digits[i]; i < count(digits) - 1]) % 10
	check != digits[count(digits) - 1]
	msg := sprintf("cost center %v has the check digit %v, want %v", [center, digits[count(digits) - 1], check])
}
