package platform

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/version"

	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
)

// mark is something that Gatekeeper's definitions have since some version. The
// numbers are minor versions of 3.
type mark struct {
	group, kind string
	// version is the oldest version of the API that counts.
	version string
	// field is a field of a constraint's spec, in the place of a kind.
	field string
	// without is the newest release that is known not to have it, with the
	// oldest that is known to have it.
	without, with int
}

const mutationsGroup = "mutations.gatekeeper.sh"

// marks are sorted by age. From 3.13 on they were found by comparing
// deploy/gatekeeper.yaml, and the schema that the constraint framework makes,
// of the Go modules 3.13.0, 3.14.0, 3.15.1, 3.16.3, 3.17.0, 3.18.3, 3.20.1 and
// 3.23.1; before, and for 3.19 and 3.22, from the documentation of each release,
// which the module of 3.23.1 has in website/versioned_docs. What a release
// before the given ones had is not known: Connection and ProviderPodStatus say
// so by their distance. testdata/gatekeeper.yaml holds what was found.
var marks = []mark{
	{group: policy.TemplatesGroup, kind: policy.KindTemplate, version: "v1", without: 5, with: 6},
	{group: "externaldata.gatekeeper.sh", kind: "Provider", version: "v1alpha1", without: 6, with: 7},
	{group: mutationsGroup, kind: "Assign", version: "v1", without: 9, with: 10},
	{group: "externaldata.gatekeeper.sh", kind: "Provider", version: "v1beta1", without: 10, with: 11},
	{group: mutationsGroup, kind: "AssignImage", version: "v1alpha1", without: 11, with: 12},
	{group: "expansion.gatekeeper.sh", kind: "ExpansionTemplate", version: "v1beta1", without: 12, with: 13},
	{group: "syncset.gatekeeper.sh", kind: "SyncSet", version: "v1alpha1", without: 14, with: 15},
	{field: "scopedEnforcementActions", without: 16, with: 17},
	{group: "status.gatekeeper.sh", kind: "ConfigPodStatus", version: "v1beta1", without: 17, with: 18},
	{group: "connection.gatekeeper.sh", kind: "Connection", version: "v1alpha1", without: 19, with: 20},
	{group: "status.gatekeeper.sh", kind: "ProviderPodStatus", version: "v1beta1", without: 20, with: 22},
}

// definedVersion is the version of Gatekeeper as far as what the cluster
// serves tells it, empty where it has no templates.
func (g Gatekeeper) definedVersion(ctx context.Context) (string, error) {
	kinds, groups := map[string]string{}, map[string]bool{}
	for _, group := range []string{
		policy.TemplatesGroup, "externaldata.gatekeeper.sh", mutationsGroup, "expansion.gatekeeper.sh",
		"syncset.gatekeeper.sh", "status.gatekeeper.sh", "connection.gatekeeper.sh",
	} {
		served, err := g.Served(ctx, group)
		if err != nil {
			return "", err
		}
		for _, resource := range served {
			kinds[group+"/"+resource.Kind], groups[group] = resource.Resource.Version, true
		}
	}
	if _, installed := kinds[policy.TemplatesGroup+"/"+policy.KindTemplate]; !installed {
		return "", nil
	}
	// Definitions may be unreadable for users who may read what they define:
	// the range is wider then.
	fields, known := g.constraintFields(ctx)
	return versionRange(func(m mark) (has, unknown bool) {
		switch {
		case m.field != "":
			return fields[m.field], !known
		case m.group == mutationsGroup && !groups[m.group]:
			return false, true // KKP leaves mutation out unless it is asked for.
		}
		served, found := kinds[m.group+"/"+m.kind]
		return found && version.CompareKubeAwareVersionStrings(served, m.version) >= 0, false
	}), ctx.Err()
}

// versionRange is what the marks allow for. One that is there counts for more
// than an older one that is not: kinds can be left out of an installation.
func versionRange(look func(mark) (has, unknown bool)) string {
	lowest, highest := 0, 0
	for _, m := range marks {
		switch has, unknown := look(m); {
		case unknown:
		case has:
			lowest, highest = m.without+1, 0
		case highest == 0:
			highest = m.with - 1
		}
	}
	switch {
	case lowest == 0:
		return fmt.Sprintf("older than 3.%d", highest+1)
	case highest == 0:
		return fmt.Sprintf("3.%d or newer", lowest)
	case lowest == highest:
		return fmt.Sprintf("3.%d", lowest)
	}
	return fmt.Sprintf("3.%d to 3.%d", lowest, highest)
}

var definitions = schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"}

// constraintFields are the fields that Gatekeeper gives the spec of
// constraints; not known where there is no kind of them, or its definition
// cannot be read.
func (g Gatekeeper) constraintFields(ctx context.Context) (fields map[string]bool, known bool) {
	kinds, err := g.Kinds(ctx)
	if err != nil || len(kinds) == 0 {
		return nil, false
	}
	resource := kinds[0].Resource
	definition, err := g.Get(ctx, Place{GroupVersionResource: definitions}, resource.GroupResource().String())
	if err != nil {
		return nil, false
	}
	versions, _, _ := unstructured.NestedSlice(definition.Object, "spec", "versions")
	for _, entry := range versions {
		one, _ := entry.(map[string]any)
		if one["name"] != resource.Version {
			continue
		}
		properties, found, _ := unstructured.NestedMap(one, "schema", "openAPIV3Schema", "properties", "spec", "properties")
		fields = map[string]bool{}
		for name := range properties {
			fields[name] = true
		}
		return fields, found
	}
	return nil, false
}
