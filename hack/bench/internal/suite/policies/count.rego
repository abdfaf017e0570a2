package bench

import data.kubernetes.api.client

result := count(client.query_all("pods").body.items)
