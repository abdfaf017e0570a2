package query

import (
	"github.com/spf13/pflag"

	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery"
)

// policies are the flags that say which policies are meant, for commands that
// evaluate none of them.
type policies struct {
	data         []string
	bundles      []string
	v0Compatible bool
}

func (p *policies) add(set *pflag.FlagSet) {
	p.addFiles(set)
	p.addVersion(set)
}

func (p *policies) addFiles(set *pflag.FlagSet) {
	set.StringArrayVarP(&p.data, "data", "d", nil,
		"Policies (.rego) and data (.json, .yaml): a file, a directory with all below it, or a bundle (.tar.gz). Can be given again.")
	set.StringArrayVarP(&p.bundles, "bundle", "b", nil, "A bundle of OPA: a directory or a .tar.gz file. Can be given again.")
}

func (p *policies) addVersion(set *pflag.FlagSet) {
	set.BoolVar(&p.v0Compatible, "v0-compatible", false, "Read policies as OPA did before version 1.0.")
}

// given tells whether there are any.
func (p *policies) given() bool { return len(p.data)+len(p.bundles) > 0 }

// options are what the flags say.
func (p *policies) options(env *cli.Env) kubequery.Options {
	return kubequery.Options{
		Paths: p.data, Bundles: p.bundles, V0Compatible: p.v0Compatible,
		Notify: func(event kubequery.Event) { tell(env, event) },
	}
}
