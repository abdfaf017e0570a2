package cli

import (
	"context"

	"github.com/spf13/pflag"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	"github.com/kubectl-opa/kubectl-opa/pkg/fleet"
	"github.com/kubectl-opa/kubectl-opa/pkg/kube"
	"github.com/kubectl-opa/kubectl-opa/pkg/platform"
)

// KKP returns KKP as the kubeconfig's cluster shows it, and the client behind
// it. The error says what is missing where this is no KKP cluster.
func (e *Env) KKP() (platform.KKP, *kube.Client, error) {
	client, err := e.Client()
	if err != nil {
		return platform.KKP{}, nil, err
	}
	served, err := client.Serves(kubermaticv1.GroupVersion.Group)
	if err != nil {
		return platform.KKP{}, nil, err
	}
	if !served {
		return platform.KKP{}, nil, advice.Errorf(
			"choose a KKP master or seed cluster with --context or --kubeconfig",
			"%s is no KKP cluster: it does not serve %s", client.Server(), kubermaticv1.GroupVersion.Group)
	}
	return platform.KKP{Reader: client}, client, nil
}

// Edition is the --edition of commands for which it matters.
type Edition struct {
	Value string
	// running is the edition that runs, once it was looked for.
	running *fleet.Edition
}

// AddFlags registers --edition.
func (e *Edition) AddFlags(flags *pflag.FlagSet) {
	flags.StringVar(&e.Value, "edition", "", "KKP's edition, ce or ee; read from the KubermaticConfiguration where that can be read.")
	Offer(flags, "edition", string(fleet.Community), string(fleet.Enterprise))
}

// Validate refuses an unknown edition.
func (e *Edition) Validate() error {
	switch fleet.Edition(e.Value) {
	case fleet.Unknown, fleet.Community, fleet.Enterprise:
		return nil
	}
	return advice.Errorf("choose ce or ee", "unknown --edition %q", e.Value)
}

// Resolve returns the edition: the flag's, else the one that runs, which is
// read once. Where it cannot be read there is one warning, and it is unknown.
func (e *Edition) Resolve(ctx context.Context, env *Env, kkp platform.KKP) fleet.Edition {
	if e.Value != "" {
		return fleet.Edition(e.Value)
	}
	if e.running == nil {
		edition, err := kkp.Edition(ctx)
		if err != nil {
			env.Warn("KKP's edition is unknown, taking it for the Enterprise Edition (--edition says which): " + err.Error())
		}
		e.running = &edition
	}
	return *e.running
}
