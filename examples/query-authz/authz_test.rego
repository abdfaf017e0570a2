package authz_test

import data.authz
import data.kubernetes.api.client

# What the cluster answers is replaced by these functions, so that the tests
# need no cluster.
owned("deployments.apps", "web", "shop") := {"status_code": 200, "metadata": {"labels": {"owner": "team-a"}}}

missing(_, _, _) := {"status_code": 404, "status": "404 Not Found"}

forbidden(_, _, _) := {"status_code": 403, "status": "403 Forbidden"}

core("configmaps", "web", "shop") := {"status_code": 200, "metadata": {"labels": {"owner": "team-a"}}}

review(verb, groups) := {"spec": {
	"user": "alice",
	"groups": groups,
	"resourceAttributes": {"verb": verb, "group": "apps", "resource": "deployments", "name": "web", "namespace": "shop"},
}}

test_stranger_is_denied[verb] if {
	some verb in ["update", "patch", "delete"]
	authz.deny == {`User alice not in group team-a, has {"team-b"}`} with input as review(verb, ["team-b"])
		with client.query_name_ns as owned
}

test_member_is_not_denied if {
	count(authz.deny) == 0 with input as review("delete", ["team-b", "team-a"]) with client.query_name_ns as owned
}

test_reading_asks_nothing if {
	count(authz.deny) == 0 with input as review("get", ["team-b"]) with client.query_name_ns as "never asked"
}

test_object_without_owner_is_free if {
	every metadata in [{"labels": {"app": "web"}}, {"labels": {}}, {"name": "web"}] {
		answer := {"status_code": 200, "metadata": metadata}
		count(authz.deny) == 0 with input as review("delete", []) with client.query_name_ns as answer
	}
}

test_missing_object_is_free if {
	count(authz.deny) == 0 with input as review("patch", ["team-b"]) with client.query_name_ns as missing
}

test_unreadable_object_is_denied if {
	authz.deny == {"Cannot tell who owns deployments.apps web: 403 Forbidden"} with input as review("delete", ["team-a"])
		with client.query_name_ns as forbidden
}

test_user_without_groups_is_denied if {
	without := json.remove(review("delete", []), ["spec/groups"])
	authz.deny == {"User alice not in group team-a, has set()"} with input as without with client.query_name_ns as owned
}

test_all_at_once_is_denied if {
	everything := json.remove(review("deletecollection", ["team-a"]), ["spec/resourceAttributes/name"])
	authz.deny == {"User alice has to name one of deployments.apps"} with input as everything
		with client.query_name_ns as "never asked"
}

test_core_group_has_no_name if {
	configmap := json.patch(review("delete", []), [
		{"op": "replace", "path": "spec/resourceAttributes/resource", "value": "configmaps"},
		{"op": "remove", "path": "spec/resourceAttributes/group"},
	])
	count(authz.deny) == 1 with input as configmap with client.query_name_ns as core
}

test_other_reviews_are_left_alone if {
	path := {"spec": {"user": "alice", "nonResourceAttributes": {"verb": "get", "path": "/healthz"}}}
	count(authz.deny) == 0 with input as path
}
