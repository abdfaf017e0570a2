package quota_test

import data.kubernetes.api.client
import data.quota

answer("namespaces") := {"status_code": 200, "items": [{"metadata": {"name": name}} | some name in ["bank", "kube-system", "lab", "shop"]]}

answer("resourcequotas") := {"status_code": 200, "items": [{"metadata": {"name": "all", "namespace": "shop"}}]}

answer("limitranges") := {"status_code": 200, "items": []}

answer("secrets") := {"status_code": 403, "status": "403 Forbidden"}

test_lacking if {
	quota.findings == {"bank has no resourcequotas", "lab has no resourcequotas"} with input as {"require": ["resourcequotas"]}
		with client.query_all as answer
}

test_each_of_them if {
	quota.findings == {
		"bank has no limitranges",
		"bank has no resourcequotas",
		"shop has no limitranges",
	} with input as {"require": ["limitranges", "resourcequotas"], "exempt": ["lab"]}
		with client.query_all as answer
}

test_nothing_required if {
	count(quota.findings) == 0 with input as {"require": []} with client.query_all as answer
}

test_not_readable if {
	quota.findings == {"secrets cannot be listed: 403 Forbidden"} with input as {"require": ["secrets"]}
		with client.query_all as answer
}

test_no_namespaces if {
	quota.findings == {"namespaces cannot be listed: 403 Forbidden"} with input as {"require": []}
		with client.query_all as answer("secrets")
}
