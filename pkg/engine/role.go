package engine

import (
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Role is what an object is to Gatekeeper. An Enforcer wants objects in the
// order of their roles.
type Role int

// The roles.
const (
	// Plain is an object that is reviewed and nothing else.
	Plain Role = iota
	// Template is a ConstraintTemplate.
	Template
	// Constraint is of a kind that a template makes.
	Constraint
	// Config says what is excluded and what is synced, SyncSet what is synced.
	Config
	SyncSet
	// Expansion is an ExpansionTemplate.
	Expansion
	// Mutator is an Assign, AssignMetadata, ModifySet or AssignImage.
	Mutator
	// Namespace is where selectors look.
	Namespace
	// Other is of one of Gatekeeper's groups, and none of the above: a Provider
	// of external data, a misspelled kind.
	Other
)

// Roles are all roles but Plain, in the order in which their objects have to
// be added.
var Roles = []Role{Template, Constraint, Config, SyncSet, Expansion, Mutator, Namespace, Other}

// The groups that Gatekeeper takes its orders from.
const (
	groupTemplates    = "templates.gatekeeper.sh"
	groupConstraints  = "constraints.gatekeeper.sh"
	groupConfig       = "config.gatekeeper.sh"
	groupSyncSet      = "syncset.gatekeeper.sh"
	groupExpansion    = "expansion.gatekeeper.sh"
	groupMutations    = "mutations.gatekeeper.sh"
	groupExternalData = "externaldata.gatekeeper.sh"
)

// roles are those of whole kinds.
var roles = map[schema.GroupKind]Role{
	{Group: groupTemplates, Kind: "ConstraintTemplate"}: Template,
	{Group: groupConfig, Kind: "Config"}:                Config,
	{Group: groupSyncSet, Kind: "SyncSet"}:              SyncSet,
	{Group: groupExpansion, Kind: "ExpansionTemplate"}:  Expansion,
	{Group: groupMutations, Kind: "Assign"}:             Mutator,
	{Group: groupMutations, Kind: "AssignMetadata"}:     Mutator,
	{Group: groupMutations, Kind: "ModifySet"}:          Mutator,
	{Group: groupMutations, Kind: "AssignImage"}:        Mutator,
	{Kind: "Namespace"}:                                 Namespace,
}

// RoleOf tells what an object is to Gatekeeper, by its group and kind.
func RoleOf(object *unstructured.Unstructured) Role {
	version, kind := object.GetAPIVersion(), object.GetKind()
	group, _, hasGroup := strings.Cut(version, "/")
	if !hasGroup {
		group = ""
	}
	// Most objects are none of these.
	if kind != "Namespace" && !strings.HasSuffix(group, ".gatekeeper.sh") {
		return Plain
	}
	if role, known := roles[schema.GroupKind{Group: group, Kind: kind}]; known {
		return role
	}
	switch group {
	case groupConstraints:
		return Constraint
	case groupTemplates, groupConfig, groupSyncSet, groupExpansion, groupMutations, groupExternalData:
		return Other
	}
	return Plain
}
