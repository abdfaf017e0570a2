package query

import (
	"slices"

	"github.com/spf13/cobra"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery"
	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery/offline"
)

// source is what answers a policy's questions: the cluster of the kubeconfig,
// unless flags say something else.
type source struct {
	from []string
}

func (s *source) add(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&s.from, "from", nil,
		"Manifests that answer instead of a cluster: a file, a directory with all below it, or - for standard input. Can be given again.")
}

// readsInput tells whether standard input is needed.
func (s *source) readsInput() bool { return slices.Contains(s.from, "-") }

// cluster is what to ask. Manifests are read at once, so that a mistake in them
// is an error whatever the policy asks; a kubeconfig is not read before it is
// needed.
func (s *source) cluster(env *cli.Env) (kubequery.Cluster, error) {
	if len(s.from) == 0 {
		return newLazy(env), nil
	}
	if first := slices.Index(s.from, "-"); first >= 0 && slices.Contains(s.from[first+1:], "-") {
		return nil, advice.Errorf("give it once", "--from - is there twice, and standard input can be read once")
	}
	return offline.Load(s.from, env.In)
}
