# METADATA
# title: Only the owning group changes an object
# description: |
#   Decides about a SubjectAccessReview (authorization.k8s.io/v1): an object with
#   the label "owner" is changed and deleted by members of that group only. The
#   review does not have the object, so the policy asks the cluster for it.
package authz

import data.kubernetes.api.client

mutating_verbs := {"update", "patch", "delete", "deletecollection"}

deny contains reason if {
	mutating
	owner := answer.metadata.labels.owner
	not owner in groups
	reason := sprintf("User %v not in group %v, has %v", [input.spec.user, owner, groups])
}

# What may not be read could belong to anybody: without this rule, a right that
# the policy's own user lacks would allow everything. An object that is not
# there (404) belongs to nobody.
deny contains reason if {
	mutating
	not answer.status_code in {200, 404}
	reason := sprintf("Cannot tell who owns %v %v: %v", [resource, attributes.name, answer.status])
}

# A review without a name is about all objects at once, whoever owns them.
deny contains reason if {
	attributes.verb in mutating_verbs
	name == ""
	reason := sprintf("User %v has to name one of %v", [input.spec.user, resource])
}

mutating if {
	attributes.verb in mutating_verbs
	name != ""
}

answer := client.query_name_ns(resource, name, object.get(attributes, "namespace", ""))

attributes := input.spec.resourceAttributes

# Fields that are empty are left out of a review, as is the list of groups.
name := object.get(attributes, "name", "")

groups := {group | some group in object.get(input.spec, "groups", [])}

# With its group, the resource is the same on every cluster: deployments.apps.
resource := concat(".", [part |
	some part in [attributes.resource, object.get(attributes, "group", "")]
	part != ""
])
