package gatekeeper

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	reportv1alpha1 "github.com/kubectl-opa/kubectl-opa/pkg/api/report/v1alpha1"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd/internal/object"
	"github.com/kubectl-opa/kubectl-opa/pkg/imagepolicy"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
	"github.com/kubectl-opa/kubectl-opa/pkg/platform"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
	"github.com/kubectl-opa/kubectl-opa/pkg/ui"
)

// Registries are the allowed registries of a cluster with Gatekeeper. There is
// no object for each of them: the plugin keeps one template and one constraint
// of all of them, and their names in an annotation. flavor is what the user has
// asked for, empty for that of the template that is there.
func Registries(flavor *imagepolicy.Flavor) *object.Noun {
	return &object.Noun{
		Name: "registry", Plural: "registries",
		On:   cli.OnGatekeeper,
		Kind: kubermaticv1.KindAllowedRegistry,
		Store: func(live *object.Live) object.Store {
			return &registryStore{live: live, flavor: *flavor}
		},
		At: func(context.Context, *object.Live, *unstructured.Unstructured) (platform.Place, error) {
			return registries, nil
		},
		Exists:       "kubectl opa registry set",
		Columns:      []string{"name", "prefix"},
		Row:          registryRow,
		Read:         readRegistry(flavor),
		Consequences: registriesLeft,
		Awaits:       "all of Gatekeeper's Pods enforce it",
		Missing:      missingRegistries,
		Next:         "see what Gatekeeper says: kubectl opa status",
	}
}

// registries is the place of something that has no resource of its own: its
// group is the one that registryObject has.
var registries = platform.Place{GroupVersionResource: schema.GroupVersionResource{
	Group: strings.Split(reportv1alpha1.APIVersion, "/")[0], Resource: kubermaticv1.AllowedRegistries.Resource,
}}

// registryObject shows one of the prefixes as an object. Its API is ours, as
// the cluster has none for it.
func registryObject(prefix imagepolicy.Prefix) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": reportv1alpha1.APIVersion, "kind": kubermaticv1.KindAllowedRegistry,
		"metadata": map[string]any{"name": prefix.Registry},
		"spec":     map[string]any{"registryPrefix": prefix.Text},
	}}
}

// prefixOf is the inverse of registryObject.
func prefixOf(registry *unstructured.Unstructured) imagepolicy.Prefix {
	text, _, _ := unstructured.NestedString(registry.Object, "spec", "registryPrefix")
	return imagepolicy.Prefix{Registry: registry.GetName(), Text: text}
}

// readRegistry takes KKP's AllowedRegistry.
func readRegistry(flavor *imagepolicy.Flavor) func(context.Context, manifest.Document) (object.Intent, error) {
	return func(_ context.Context, document manifest.Document) (object.Intent, error) {
		intent := object.Intent{Document: document}
		registry, err := policy.ReadRegistry(document.Object())
		if err != nil {
			return intent, object.Explain(document, err)
		}
		if err := policy.CheckMetadata(&registry.ObjectMeta); err != nil {
			return intent, object.Explain(document, err)
		}
		wanted := *flavor
		if wanted == imagepolicy.FlavorUnknown {
			wanted = imagepolicy.FlavorHardened
		}
		path := []any{"spec", "registryPrefix"}
		note, err := wanted.CheckPrefix(registry.Spec.RegistryPrefix)
		if err != nil {
			return intent, advice.Wrap(object.Explain(document, &policy.FieldError{Path: path, Problem: err.Error()}), "%s", strings.Join(advice.Next(err), ""))
		}
		if note != "" {
			intent.Notes = object.Notes(document, []policy.Note{{Path: path, Text: note}})
		}
		intent.Object = registryObject(imagepolicy.Prefix{Registry: registry.Name, Text: registry.Spec.RegistryPrefix})
		return intent, nil
	}
}

// registriesLeft says what stays allowed.
func registriesLeft(ctx context.Context, live *object.Live, items []*unstructured.Unstructured) ([]string, error) {
	store := &registryStore{live: live}
	state, err := store.read(ctx)
	if err != nil {
		return nil, err
	}
	gone := []string{}
	for _, item := range items {
		gone = append(gone, item.GetName())
	}
	left := slices.DeleteFunc(slices.Clone(state.Prefixes), func(p imagepolicy.Prefix) bool {
		return p.Registry != "" && slices.Contains(gone, p.Registry)
	})
	if len(left) == 0 {
		last := " is the last registry"
		if len(gone) > 1 {
			last = " are the last registries"
		}
		return []string{strings.Join(gone, ", ") + last + ": the constraint goes with it, and every image is allowed."}, nil
	}
	lines := []string{}
	for _, item := range items {
		prefix := prefixOf(item)
		verdict := state.Flavor.Check(strings.TrimSuffix(prefix.Text, "/")+"/x", left)
		if verdict.Allowed {
			lines = append(lines, fmt.Sprintf("Images from %s stay allowed, by registry %s.", prefix.Text, verdict.Prefix.Registry))
			continue
		}
		lines = append(lines, fmt.Sprintf("Images from %s are no longer allowed by registry %s; %d of %d registries stay.",
			prefix.Text, prefix.Registry, len(left), len(state.Prefixes)))
	}
	return lines, nil
}

func registryRow(item *unstructured.Unstructured, _ time.Time) []ui.Cell {
	prefix := prefixOf(item)
	return []ui.Cell{ui.Text(prefix.Registry), ui.Text(prefix.Text)}
}
