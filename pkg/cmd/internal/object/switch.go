package object

import (
	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
)

// Switch makes the verbs enable and disable.
func Switch(env *cli.Env, nouns Nouns, on bool) *cobra.Command {
	o, noun := newChange(env, nouns, ""), nouns.KKP
	use, short := "enable", "Enforce "+noun.Plural+" that were disabled"
	if !on {
		use, short = "disable", "Keep "+noun.Plural+" and enforce them nowhere"
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
			return o.runPatch(cmd.Context(), args, func(object *unstructured.Unstructured) error { return o.Switch(object, on) })
		},
	}
	o.addFlags(command)
	completeNames(&o.where, command)
	return command
}

func (n Noun) exampleCluster() string {
	if n.PerCluster {
		return " -c my-cluster"
	}
	return ""
}
