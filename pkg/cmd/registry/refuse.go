package registry

import (
	"context"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd/internal/object"
	"github.com/kubectl-opa/kubectl-opa/pkg/fleet"
	"github.com/kubectl-opa/kubectl-opa/pkg/imagepolicy"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
)

// check refuses, before a registry is written, what cannot be followed.
func (k *keeping) check(ctx context.Context, live *object.Live) error {
	if k.materialize || k.flavor.value != imagepolicy.FlavorUnknown {
		if err := k.checkEdition(ctx, live); err != nil {
			return err
		}
	}
	template, err := find(ctx, live, templatePlace)
	if err != nil {
		return nil // Who may not read it is told when it is needed.
	}
	flavor, err := k.chosen(template)
	switch {
	case err != nil && live.Edition(ctx) == fleet.Community:
		return err
	case err == nil && flavor == imagepolicy.FlavorUnknown && k.flavor.value != imagepolicy.FlavorUnknown:
		return advice.Errorf("to have them kept: --materialize", "--flavor says how the template decides, and here none is kept of the registries")
	}
	return nil
}

// checkEdition refuses what only the Community Edition leaves to this command.
func (k *keeping) checkEdition(ctx context.Context, live *object.Live) error {
	switch live.Edition(ctx) {
	case fleet.Community:
		return nil
	case fleet.Unknown:
		return advice.Errorf("say so with --edition ce", "--materialize and --flavor are for KKP's Community Edition, and the edition is unknown")
	}
	return advice.Errorf("leave --materialize and --flavor out",
		"KKP's Enterprise Edition makes the template and the Default Constraint of all registries itself, and would undo what is made here")
}

// checkPrefix refuses a prefix that means nothing in the template that is kept:
// as the only one it would deny every Pod.
func (k *keeping) checkPrefix(ctx context.Context, live *object.Live, item *unstructured.Unstructured) error {
	template, err := find(ctx, live, templatePlace)
	if err != nil {
		return nil // Who may not read it is told when it is needed.
	}
	flavor, _ := k.chosen(template)
	if flavor == imagepolicy.FlavorUnknown || live.Edition(ctx) != fleet.Community {
		return nil
	}
	text, _, _ := unstructured.NestedString(item.Object, "spec", "registryPrefix")
	note, err := flavor.CheckPrefix(text)
	if err != nil {
		wrong := &policy.FieldError{Path: []any{"spec", "registryPrefix"}, Problem: err.Error()}
		return advice.Wrap(wrong, "%s", strings.Join(advice.Next(err), "; "))
	}
	if note != "" {
		live.Warn(note)
	}
	return nil
}
