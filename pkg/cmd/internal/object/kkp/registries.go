package kkp

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd/internal/object"
	"github.com/kubectl-opa/kubectl-opa/pkg/fleet"
	"github.com/kubectl-opa/kubectl-opa/pkg/imagepolicy"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
	"github.com/kubectl-opa/kubectl-opa/pkg/ui"
)

// Registries are the AllowedRegistries.
func Registries() object.Noun {
	return object.Noun{
		Name: "registry", Plural: "registries",
		On:   cli.OnKKP,
		Kind: kubermaticv1.KindAllowedRegistry, Resource: kubermaticv1.AllowedRegistries,
		Exists:       "kubectl opa registry set",
		Columns:      []string{"name", "prefix", "age"},
		Row:          registryRow,
		Read:         readRegistry,
		Remarks:      remarkRegistry,
		Consequences: registriesLeft,
		Idle:         refuseCommunity,
		Awaits:       "KKP has brought the Default Constraint of all registries up to date",
		Missing:      missingPrefix,
		Next:         next,
	}
}

func readRegistry(_ context.Context, document manifest.Document) (object.Intent, error) {
	intent := object.Intent{Document: document}
	registry, err := policy.ReadRegistry(document.Object())
	if err != nil {
		return intent, object.Explain(document, err)
	}
	if err := policy.CheckMetadata(&registry.ObjectMeta); err != nil {
		return intent, object.Explain(document, err)
	}
	if err := imagepolicy.CheckPrefix(registry.Spec.RegistryPrefix); err != nil {
		return intent, object.Explain(document, &policy.FieldError{Path: []any{"spec", "registryPrefix"}, Problem: err.Error()})
	}
	if strings.ContainsFunc(registry.Spec.RegistryPrefix, unicode.IsSpace) {
		return intent, object.Explain(document, &policy.FieldError{Path: []any{"spec", "registryPrefix"}, Problem: fmt.Sprintf(
			"is %q, and no image has a space in its name: it would allow nothing", registry.Spec.RegistryPrefix)})
	}
	intent.Object, err = policy.RegistryObject(registry)
	return intent, object.Explain(document, err)
}

// remarkRegistry says that the Community Edition does nothing with registries.
func remarkRegistry(ctx context.Context, live *object.Live, _, item *unstructured.Unstructured) []string {
	if live.Edition(ctx) != fleet.Community {
		return nil
	}
	return []string{"KKP's Community Edition does nothing with AllowedRegistries: " + item.GetName() + " allows and forbids nothing"}
}

// refuseCommunity refuses to wait for what only the Enterprise Edition does.
func refuseCommunity(ctx context.Context, live *object.Live) error {
	if live.Edition(ctx) != fleet.Community {
		return nil
	}
	return advice.Errorf("leave --wait out", "--wait would never end: KKP's Community Edition does nothing with AllowedRegistries")
}

// registriesLeft says what stays allowed.
func registriesLeft(ctx context.Context, live *object.Live, items []*unstructured.Unstructured) ([]string, error) {
	if live.Edition(ctx) == fleet.Community {
		return []string{"KKP's Community Edition does nothing with AllowedRegistries: every image is allowed, before and after."}, nil
	}
	return RegistriesLeft(ctx, live, items)
}

// RegistriesLeft says what stays allowed, where registries are enforced.
func RegistriesLeft(ctx context.Context, live *object.Live, items []*unstructured.Unstructured) ([]string, error) {
	registries, err := live.Registries(ctx)
	if live.Unreadable(err, "cannot tell what stays allowed") {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	names := []string{}
	for _, item := range items {
		names = append(names, item.GetName())
	}
	all := len(registries)
	left := slices.DeleteFunc(registries, func(r kubermaticv1.AllowedRegistry) bool { return slices.Contains(names, r.Name) })
	switch {
	case len(left) > 0:
		return whatStays(items, left, all), nil
	case len(names) == 1:
		return []string{names[0] + " is the last registry: without any, every image is allowed."}, nil
	}
	return []string{strings.Join(names, ", ") + " are the last registries: without any, every image is allowed."}, nil
}

// whatStays says of each registry that goes whether its images stay allowed by
// one of those that are left.
func whatStays(items []*unstructured.Unstructured, left []kubermaticv1.AllowedRegistry, all int) []string {
	lines := []string{}
	for _, item := range items {
		prefix := registryPrefix(item)
		wider := slices.IndexFunc(left, func(r kubermaticv1.AllowedRegistry) bool { return strings.HasPrefix(prefix, r.Spec.RegistryPrefix) })
		if wider >= 0 {
			lines = append(lines, fmt.Sprintf("Images from %s stay allowed, by registry %s.", prefix, left[wider].Name))
			continue
		}
		lines = append(lines, fmt.Sprintf("Images from %s are no longer allowed by registry %s; %d of %d registries stay.",
			prefix, item.GetName(), len(left), all))
	}
	return lines
}

// missingPrefix waits for KKP's Default Constraint to allow the registry.
func missingPrefix(ctx context.Context, live *object.Live, item *unstructured.Unstructured) ([]string, error) {
	constraint, err := live.DefaultConstraint(ctx, kubermaticv1.AllowedRegistryName)
	if missing, err := notThere(err, "Default Constraint "+kubermaticv1.AllowedRegistryName+" is not there"); missing != nil || err != nil {
		return missing, err
	}
	prefix := registryPrefix(item)
	if slices.Contains(imagepolicy.Prefixes(constraint), prefix) && !constraint.Spec.Disabled {
		return nil, nil
	}
	return []string{fmt.Sprintf("Default Constraint %s does not allow %s", constraint.Name, prefix)}, nil
}

func registryPrefix(item *unstructured.Unstructured) string {
	prefix, _, _ := unstructured.NestedString(item.Object, "spec", "registryPrefix")
	return prefix
}

func registryRow(item *unstructured.Unstructured, now time.Time) []ui.Cell {
	prefix, _, err := unstructured.NestedString(item.Object, "spec", "registryPrefix")
	cell := ui.Text(prefix)
	if err != nil {
		cell = object.Unreadable(err)
	}
	return []ui.Cell{ui.Text(item.GetName()), cell, object.Age(item, now)}
}
