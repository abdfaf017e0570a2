package bench

import data.kubernetes.api.client

pods := client.query_all("pods").body.items

teams := [pod.metadata.labels["app.kubernetes.io/part-of"] | some pod in pods]

result[team] := count([1 | some other in teams; other == team]) if some team in {team | some team in teams}
