package engine

import (
	"context"
	"slices"

	configv1alpha1 "github.com/open-policy-agent/gatekeeper/v3/apis/config/v1alpha1"
	syncsetv1alpha1 "github.com/open-policy-agent/gatekeeper/v3/apis/syncset/v1alpha1"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/controller/config/process"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
)

// configName is the name of the only Config that Gatekeeper looks at.
const configName = "config"

func (e *Enforcer) addConfig(object *unstructured.Unstructured) error {
	config, err := read[configv1alpha1.Config](object)
	if err != nil {
		return err
	}
	if config.Name != configName {
		e.tell(object, nil, "it is ignored: Gatekeeper looks at the Config with the name %s alone", configName)
		return nil
	}
	e.excluder = nil
	if len(config.Spec.Match) > 0 {
		e.excluder = process.New()
		e.excluder.Add(config.Spec.Match)
	}
	e.tellConfig(object)
	e.configured = []schema.GroupVersionKind{}
	for _, entry := range config.Spec.Sync.SyncOnly {
		e.configured = append(e.configured, entry.ToGroupVersionKind())
	}
	return nil
}

func (e *Enforcer) addSyncSet(object *unstructured.Unstructured) error {
	if e.point != Gator && !e.target.has(withSyncSet) {
		return advice.Errorf("have the Config sync what it names", "Gatekeeper %s does not know the kind, %d.%d and newer do", e.target, major, withSyncSet)
	}
	set, err := read[syncsetv1alpha1.SyncSet](object)
	if err != nil {
		return err
	}
	synced := []schema.GroupVersionKind{}
	for _, entry := range set.Spec.GVKs {
		synced = append(synced, schema.GroupVersionKind{Group: entry.Group, Version: entry.Version, Kind: entry.Kind})
	}
	e.sets[set.Name] = synced
	return nil
}

// Synced tells whether a Config or a SyncSet says what is in the inventory.
// Without, and in gator, everything is.
func (e *Enforcer) Synced() bool {
	return e.point != Gator && (e.configured != nil || len(e.sets) > 0)
}

// AddData puts an object into the inventory if it belongs there, whatever its
// role: if a Config or a SyncSet has it synced, or neither exists, and the
// Config does not exclude it. All that decides has to be added before. gator
// leaves nothing out.
func (e *Enforcer) AddData(ctx context.Context, object *unstructured.Unstructured) error {
	if e.point != Gator {
		excluded, err := e.excluded(process.Sync, object)
		if err != nil || excluded || e.Synced() && !e.syncs(object.GroupVersionKind()) {
			return err
		}
	}
	return e.engine.AddData(ctx, object)
}

func (e *Enforcer) syncs(kind schema.GroupVersionKind) bool {
	if slices.Contains(e.configured, kind) {
		return true
	}
	for _, kinds := range e.sets {
		if slices.Contains(kinds, kind) {
			return true
		}
	}
	return false
}
