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
	policies
	allowNet      []string
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
	p.addVersion(set)
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
	o := p.policies.options(env)
	o.StrictBuiltinErrors, o.ManagedFields, o.Redact = p.strict, p.managedFields, env.Redacted
	o.Observe = kubequery.Observe{Explain: kubequery.Explain(p.explain), Coverage: p.coverage}
	o.Notify = p.tape.notify(o.Notify)
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
