# METADATA
# title: Deployments that a drain takes down
# description: |
#   Finds Deployments that have one replica, or several and no
#   PodDisruptionBudget. With input.namespace only those of one namespace.
package disruption

import data.kubernetes.api.client

findings contains finding if {
	some deployment in answers["deployments.apps"].items
	some problem in problems(deployment)
	finding := {
		"object": sprintf("%s/%s", [deployment.metadata.namespace, deployment.metadata.name]),
		"problem": problem,
	}
}

# What may not be read is not what is fine: without this rule a user who lacks
# a right would see no findings at all.
findings contains finding if {
	some resource, answer in answers
	answer.status_code != 200
	finding := {"object": resource, "problem": sprintf("cannot be listed: %s", [answer.status])}
}

problems(deployment) := {"has one replica"} if {
	deployment.spec.replicas == 1
}

problems(deployment) := {"has several replicas that no PodDisruptionBudget protects"} if {
	deployment.spec.replicas > 1
	every budget in answers.poddisruptionbudgets.items {
		not protects(budget, deployment)
	}
}

protects(budget, deployment) if {
	budget.metadata.namespace == deployment.metadata.namespace

	# The empty selector selects all Pods. An expression may select them, too:
	# this example reads labels only, and gives expressions the benefit of the doubt.
	selected := object.get(budget.spec.selector, "matchLabels", {})
	object.subset(object.get(deployment.spec.template.metadata, "labels", {}), selected)
}

answers[resource] := client.query_label_selector_ns(resource, {}, namespace) if {
	some resource in ["deployments.apps", "poddisruptionbudgets"]
}

default namespace := ""

namespace := input.namespace
