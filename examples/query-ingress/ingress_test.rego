package ingress_test

import data.ingress
import data.kubernetes.api.client

listed := {"status_code": 200, "items": [
	{"metadata": {"namespace": "shop", "name": "web"}, "spec": {"rules": [{"host": "shop.example.org"}]}},
	{"metadata": {"namespace": "bank", "name": "web"}, "spec": {"rules": [{"host": "bank.example.org"}, {}]}},
]}

mapped := {"status_code": 200, "data": {"pay.example.org": "bank"}}

missing := {"status_code": 404, "status": "404 Not Found"}

forbidden := {"status_code": 403, "status": "403 Forbidden"}

review(hosts) := {"request": {
	"namespace": "shop",
	"name": "web",
	"object": {"spec": {"rules": [{"host": host} | some host in hosts]}},
}}

test_free_host if {
	count(ingress.deny) == 0 with input as review(["new.example.org"])
		with client.query_all as listed
		with client.query_name_ns as mapped
}

test_own_host if {
	count(ingress.deny) == 0 with input as review(["shop.example.org"])
		with client.query_all as listed
		with client.query_name_ns as mapped
}

test_host_of_another if {
	ingress.deny == {"bank.example.org is served by the Ingress bank/web already"} with input as review(["bank.example.org"])
		with client.query_all as listed
		with client.query_name_ns as mapped
}

test_reserved_host if {
	ingress.deny == {"pay.example.org is reserved for the namespace bank"} with input as review(["pay.example.org"])
		with client.query_all as listed
		with client.query_name_ns as mapped
}

test_no_host if {
	count(ingress.deny) == 0 with input as {"request": {"namespace": "a", "name": "b", "object": {"spec": {"rules": [{}]}}}}
		with client.query_all as listed
		with client.query_name_ns as mapped
}

test_nothing_reserved if {
	count(ingress.deny) == 0 with input as review(["pay.example.org"])
		with client.query_all as listed
		with client.query_name_ns as missing
}

test_not_readable if {
	ingress.deny == {
		"Cannot tell who serves the hosts: 403 Forbidden",
		"Cannot tell which hosts are reserved: 403 Forbidden",
	} with input as review(["new.example.org"])
		with client.query_all as forbidden
		with client.query_name_ns as forbidden
}
