// Package registry is kubectl opa registry: the image registries that KKP
// allows on user clusters.
package registry

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd/internal/object"
	"github.com/kubectl-opa/kubectl-opa/pkg/platform"
	"github.com/kubectl-opa/kubectl-opa/pkg/ui"
)

// New makes the command.
func New(env *cli.Env) *cobra.Command {
	command := cli.Group(&cobra.Command{
		Use:     "registry",
		Aliases: []string{"registries"},
		Short:   "Work with the image registries that user clusters may use",
		Long: "Work with KKP's AllowedRegistries. From all of them together KKP's Enterprise Edition makes one\n" +
			"ConstraintTemplate and one Default Constraint, both named allowedregistry.",
	})
	noun := noun()
	command.AddCommand(
		newAdd(env, noun),
		object.List(env, noun),
		object.Get(env, noun),
		object.Apply(env, noun),
		object.Delete(env, noun, "remove"),
		newRender(env),
		newCheck(env),
	)
	return command
}

func noun() object.Noun {
	return object.Noun{
		Name: "registry", Plural: "registries",
		Kind: kubermaticv1.KindAllowedRegistry, Resource: kubermaticv1.AllowedRegistries,
		Read:         read,
		Consequences: consequences,
		Columns:      []string{"name", "prefix", "age"},
		Row:          row,
	}
}

// consequences says what stays allowed.
func consequences(ctx context.Context, kkp platform.KKP, item *unstructured.Unstructured) ([]string, error) {
	registries, err := kkp.Registries(ctx)
	if err != nil {
		return nil, err
	}
	for i := range registries {
		if registries[i].Name == item.GetName() {
			return []string{fmt.Sprintf("Images from %s are no longer allowed by registry %s; %d of %d registries stay.",
				registries[i].Spec.RegistryPrefix, registries[i].Name, len(registries)-1, len(registries))}, nil
		}
	}
	return nil, nil
}

func row(item *unstructured.Unstructured, now time.Time) []ui.Cell {
	prefix, _, err := unstructured.NestedString(item.Object, "spec", "registryPrefix")
	cell := ui.Text(prefix)
	if err != nil {
		cell = ui.Cell{Text: "unreadable: " + err.Error(), Tone: ui.Bad}
	}
	return []ui.Cell{ui.Text(item.GetName()), cell, object.Age(item, now)}
}
