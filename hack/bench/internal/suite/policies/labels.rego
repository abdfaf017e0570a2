package bench

import data.kubernetes.api.client

members[team] contains pod.metadata.uid if {
	some pod in client.query_all("pods").body.items
	team := pod.metadata.labels["app.kubernetes.io/part-of"]
}

result[team] := count(uids) if some team, uids in members
