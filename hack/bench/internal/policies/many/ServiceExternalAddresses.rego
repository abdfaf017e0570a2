# match: v1/Service
# parameters: {"networks": ["203.0.113.0/24"]}
package serviceexternaladdresses

violation[{"msg": msg}] {
	address := input.review.object.spec.externalIPs[_]
	covering := [network | network := input.parameters.networks[_]; net.cidr_contains(network, address)]
	count(covering) == 0
	msg := sprintf("address %v is in none of %v", [address, input.parameters.networks])
}
