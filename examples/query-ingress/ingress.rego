# METADATA
# title: Two Ingresses do not share a host
# description: |
#   Decides about an AdmissionReview of an Ingress: none of its hosts may be
#   served by another Ingress, or be reserved for another namespace by the
#   ConfigMap ingress-policy/reserved-hosts (host: namespace). The review has
#   one Ingress only, so the policy asks the cluster for the others.
package ingress

import data.kubernetes.api.client

deny contains reason if {
	some host in hosts(review.object)
	some other in ingresses.items
	host in hosts(other)
	not is_reviewed(other)
	reason := sprintf("%s is served by the Ingress %s/%s already", [host, other.metadata.namespace, other.metadata.name])
}

deny contains reason if {
	some host in hosts(review.object)
	owner := reserved.data[host]
	owner != review.namespace
	reason := sprintf("%s is reserved for the namespace %s", [host, owner])
}

# What may not be read could have the host, too.
deny contains reason if {
	ingresses.status_code != 200
	reason := sprintf("Cannot tell who serves the hosts: %s", [ingresses.status])
}

# Nothing is reserved where the ConfigMap is not there (404).
deny contains reason if {
	not reserved.status_code in {200, 404}
	reason := sprintf("Cannot tell which hosts are reserved: %s", [reserved.status])
}

review := input.request

ingresses := client.query_all("ingresses.networking.k8s.io")

reserved := client.query_name_ns("configmaps", "reserved-hosts", "ingress-policy")

# A rule without a host is for all that no other rule serves: that is no conflict.
hosts(ingress) := {host |
	some rule in ingress.spec.rules
	host := rule.host
}

is_reviewed(ingress) if {
	ingress.metadata.namespace == review.namespace
	ingress.metadata.name == review.name
}
