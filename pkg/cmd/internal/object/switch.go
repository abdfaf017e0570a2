package object

import (
	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
)

// Switch makes the verbs enable and disable, which set and remove
// spec.disabled.
func Switch(env *cli.Env, noun Noun, on bool) *cobra.Command {
	o := &changeOptions{env: env, noun: noun}
	use, short := "enable", "Enforce "+noun.Plural+" that were disabled"
	if !on {
		use, short = "disable", "Keep "+noun.Plural+" and enforce them nowhere (Enterprise Edition)"
	}
	command := &cobra.Command{
		Use:     use + " NAME...",
		Short:   short,
		Example: "  kubectl opa " + noun.Name + " " + use + " ns-must-have-gk" + noun.exampleCluster(),
		Args:    cli.Args(1, -1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.validate(); err != nil {
				return err
			}
			return o.runPatch(cmd.Context(), args, func(object *unstructured.Unstructured) error {
				if on {
					// Somebody's own "disabled: false" says the same and stays.
					if disabled, _, _ := unstructured.NestedBool(object.Object, "spec", "disabled"); disabled {
						unstructured.RemoveNestedField(object.Object, "spec", "disabled")
					}
					return nil
				}
				return unstructured.SetNestedField(object.Object, true, "spec", "disabled")
			})
		},
	}
	o.addFlags(command)
	completeNames(env, noun, &o.cluster, command)
	return command
}

func (n Noun) exampleCluster() string {
	if n.PerCluster {
		return " -c my-cluster"
	}
	return ""
}
