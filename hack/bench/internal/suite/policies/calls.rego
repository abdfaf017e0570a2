package bench

import data.kubernetes.api.client

nodes := [response.body.spec.nodeName |
	some _ in numbers.range(1, input.rounds)
	some pod in input.pods
	response := client.query_name_ns("pods", pod.name, pod.namespace)
]

result := {"answers": count(nodes), "nodes": {node | some node in nodes}}
