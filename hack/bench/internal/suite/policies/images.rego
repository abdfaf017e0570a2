package bench

import data.kubernetes.api.client

pods := client.query_all("pods").body.items

result contains pods[_].spec.containers[_].image

result contains pods[_].spec.initContainers[_].image
