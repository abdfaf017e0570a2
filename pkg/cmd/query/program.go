package query

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery"
)

// program are the flags that query and query test share: whom policies ask, how
// they are read, and what is told of their evaluation.
type program struct {
	allowNet      []string
	v0Compatible  bool
	strict        bool
	explain       string
	coverage      bool
	managedFields bool
	source        source
	tape          tape
}

// showManagedFields is the flag that kubectl has too.
const showManagedFields = "show-managed-fields"

func (p *program) add(cmd *cobra.Command) {
	set := cmd.Flags()
	set.StringArrayVar(&p.allowNet, "allow-net", nil,
		"A host that http.send and net.lookup_ip_addr may reach, HOST or HOST:PORT; without any, policies have neither. No proxy is used. Can be given again.")
	set.BoolVar(&p.v0Compatible, "v0-compatible", false, "Read policies as OPA did before version 1.0.")
	set.BoolVar(&p.strict, "strict-builtin-errors", false, "Take the first error of a builtin function for an error of the whole, not for undefined.")
	set.StringVar(&p.explain, "explain", string(kubequery.ExplainOff), "Trace of the evaluation: "+strings.Join(kubequery.Explains, ", ")+".")
	set.BoolVar(&p.coverage, "coverage", false, "Report which lines of the policies were evaluated.")
	cli.Offer(set, "explain", kubequery.Explains...)
	set.BoolVar(&p.managedFields, showManagedFields, false, "Give policies metadata.managedFields too, which are left out else.")
	p.source.add(cmd)
	p.tape.add(set)
}

// options are what the flags say of a program.
func (p *program) options(env *cli.Env) (kubequery.Options, error) {
	if !slices.Contains(kubequery.Explains, p.explain) {
		return kubequery.Options{}, advice.Errorf("choose one of "+strings.Join(kubequery.Explains, ", "), "unknown --explain %q", p.explain)
	}
	o := kubequery.Options{
		V0Compatible: p.v0Compatible, StrictBuiltinErrors: p.strict,
		Observe:       kubequery.Observe{Explain: kubequery.Explain(p.explain), Coverage: p.coverage},
		ManagedFields: p.managedFields, Redact: env.Redacted,
		Notify: p.tape.notify(func(event kubequery.Event) { tell(env, event) }),
	}
	for _, text := range p.allowNet {
		host, err := kubequery.ParseHost(text)
		if err != nil {
			return kubequery.Options{}, fmt.Errorf("reading --allow-net: %w", err)
		}
		o.AllowNet = append(o.AllowNet, host)
	}
	return o, checkServer(env)
}

// cluster is whom policies ask. A kubeconfig is not read before a function is
// called.
func (p *program) cluster(env *cli.Env) (kubequery.Cluster, error) {
	cluster, err := p.source.cluster(env)
	if err != nil {
		return nil, err
	}
	return p.tape.wrap(env, cluster)
}
