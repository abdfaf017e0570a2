package query

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/kube"
	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery"
	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery/cassette"
	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery/leastrbac"
	"github.com/kubectl-opa/kubectl-opa/pkg/resources"
)

// rights are the flags that say which policies need rights, and how these are
// found.
type rights struct {
	policies
	source   source
	recorded []string
	name     string
}

func (r *rights) add(cmd *cobra.Command) {
	set := cmd.Flags()
	r.policies.add(set)
	r.source.add(cmd)
	set.StringArrayVar(&r.recorded, "recorded", nil,
		"What a run asked, as query --record FILE wrote it, for what the code alone cannot tell. Can be given again.")
	set.StringVar(&r.name, "name", leastrbac.DefaultName, "The name of the roles and bindings.")
}

// options are what finding the rights needs. They are for a ServiceAccount in
// the namespace of -n, or else of the kubeconfig. There can be an expression.
func (r *rights) options(env *cli.Env, serviceAccount string, args []string) (RBACOptions, error) {
	o := RBACOptions{Options: r.policies.options(env), Subject: leastrbac.Subject{Name: r.name, ServiceAccount: serviceAccount}}
	if len(args) > 0 {
		o.Expr = args[0]
	}
	words, err := r.source.cluster(env)
	if err != nil {
		return RBACOptions{}, err
	}
	known := recordedWords{next: words}
	for _, file := range r.recorded {
		recording, err := cassette.Load(file)
		if err != nil {
			return RBACOptions{}, err
		}
		o.Recordings = append(o.Recordings, leastrbac.Recording{File: file, Requests: recording.Requests()})
		known.players = append(known.players, recording.Player())
	}
	o.Resolver = known
	if o.Subject.Namespace, _, err = env.Connection.ToRawKubeConfigLoader().Namespace(); err != nil {
		return RBACOptions{}, fmt.Errorf("reading the namespace of the kubeconfig: %w", err)
	}
	return o, nil
}

// rbacFlags are those of "query rbac".
type rbacFlags struct {
	rights
	recordedOnly   bool
	check          bool
	serviceAccount string
	output         string
	report         cli.ReportOutput
}

// rbacFormats are those of the roles; a check has those of reports.
const rbacFormats = "yaml, json, name, table"

func (f *rbacFlags) add(cmd *cobra.Command) {
	f.rights.add(cmd)
	set := cmd.Flags()
	set.BoolVar(&f.recordedOnly, "recorded-only", false, "Print what exactly the runs of --recorded needed, and look at no policy.")
	set.BoolVar(&f.check, "check", false, "Ask the cluster whether the current user has the rights, and print no roles.")
	set.StringVar(&f.serviceAccount, "serviceaccount", leastrbac.DefaultName, "The ServiceAccount that gets the rights, in the namespace of -n, or else of the kubeconfig.")
	set.StringVarP(&f.output, "output", "o", "", "Output format: "+rbacFormats+"; with --check: table, json, yaml. The first one is the default.")
	cli.Offer(set, "output", "yaml", "json", "name", "table")
}

func (f *rbacFlags) toOptions(env *cli.Env, command string, args []string) (RBACOptions, error) {
	if err := errors.Join(f.validate(command, args), checkServer(env)); err != nil {
		return RBACOptions{}, err
	}
	o, err := f.options(env, f.serviceAccount, args)
	if err != nil {
		return RBACOptions{}, err
	}
	o.RecordedOnly = f.recordedOnly
	if err := o.Subject.Check(); err != nil {
		return RBACOptions{}, advice.Wrap(err, "choose another one with --name, --serviceaccount and -n")
	}
	if f.check {
		o.Authorizer = lazyAuthorizer{env}
	}
	return o, nil
}

// validate refuses what cannot be meant.
func (f *rbacFlags) validate(command string, args []string) error {
	f.report.Format = cmp.Or(f.output, "table")
	switch {
	case f.recordedOnly && len(f.recorded) == 0:
		return advice.Errorf("give --recorded FILE too", "--recorded-only prints what recorded runs needed, and there is no --recorded")
	case f.recordedOnly && (f.given() || len(args) > 0):
		return advice.Errorf("leave one of them out", "--recorded-only looks at no policy, and policies are given")
	case !f.recordedOnly && !f.given() && len(args) == 0:
		return cli.UsageError(command, "no policy is given: want -d POLICY, or an expression")
	case f.check:
		return f.report.Validate()
	}
	return f.roles().validate()
}

// recordedWords knows what words meant in recordings, and asks further for those
// that are in none.
type recordedWords struct {
	players []*cassette.Player
	next    leastrbac.Resolver
}

// Resolve implements leastrbac.Resolver.
func (r recordedWords) Resolve(ctx context.Context, word string) (resources.Resource, error) {
	for _, player := range r.players {
		if resource, err := player.Resolve(ctx, word); !errors.Is(err, cassette.ErrNotRecorded) {
			return resource, err
		}
	}
	resource, err := r.next.Resolve(ctx, word)
	if errors.Is(err, kube.ErrNoKubeconfig) {
		err = advice.Wrap(err, "without a cluster, manifests (--from) or recorded runs (--recorded) say what words mean")
	}
	return resource, err
}

// lazyAuthorizer connects when it is first asked.
type lazyAuthorizer struct{ env *cli.Env }

// Allowed implements leastrbac.Authorizer.
func (l lazyAuthorizer) Allowed(ctx context.Context, rule leastrbac.Rule) (bool, string, error) {
	client, err := l.env.Client()
	if err != nil {
		return false, "", err
	}
	return client.Allowed(ctx, rule)
}

var _ leastrbac.Resolver = kubequery.Cluster(nil)
