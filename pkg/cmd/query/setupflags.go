package query

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/kube"
	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery"
	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery/deployed"
	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery/leastrbac"
	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery/setup"
	"github.com/kubectl-opa/kubectl-opa/pkg/redact"
	"github.com/kubectl-opa/kubectl-opa/pkg/resources"
)

// setupFlags are the flags of query setup.
type setupFlags struct {
	rights
	output      cli.ChangeOutput
	dir         string
	bundle      string // the one to write
	environment string
	apply       bool
	verify      bool
	force       bool
	deployment  string
	container   string
	timeout     time.Duration
}

func (f *setupFlags) add(cmd *cobra.Command) {
	f.rights.add(cmd)
	set := cmd.Flags()
	set.Lookup("name").Usage = "The name of all objects that are made."
	f.output.AddFlags(set)
	set.Lookup("output").Usage += " With --verify table, json or yaml."
	set.StringVar(&f.dir, "output-dir", "", "Write the manifests and the patch into this directory: manifests.yaml, secret.yaml, deployment-patch.yaml.")
	set.StringVar(&f.bundle, "output-bundle", "", "Write the bundle into this file (.tar.gz) as well.")
	set.BoolVar(&f.apply, "apply", false, "Apply the manifests, and wait for the token.")
	set.BoolVar(&f.force, "force-conflicts", false, "With --apply, take fields over that another manager set.")
	set.BoolVar(&f.verify, "verify", false, "Look whether all is there and works. Exit with 1 where it does not.")
	set.StringVar(&f.deployment, "deployment", "", "The Deployment of OPA: --apply changes it, --verify looks at it, the patch is for it.")
	set.StringVar(&f.container, "container", "", "Its container with OPA; else the one called opa, or with OPA's image, or the only one.")
	set.StringVar(&f.environment, "env-file", "",
		"With --apply or --verify, write what an OPA outside of the cluster needs in its environment, token included, into this file.")
	set.DurationVar(&f.timeout, "timeout", time.Minute, "How long to wait for the token, such as 90s.")
}

// validate refuses what does not go together.
func (f *setupFlags) validate() error {
	switch {
	case f.dir != "" && (f.apply || f.verify):
		return advice.Errorf("run it twice: once to write, once to apply", "--output-dir writes manifests, and --apply and --verify do not")
	case f.environment != "" && !f.apply && !f.verify:
		return advice.Errorf("add --apply, or --verify where it is applied already", "--env-file holds the token, which only a cluster has")
	case f.output.Mode != "none" && !f.apply:
		return advice.Errorf("add --apply", "--dry-run says how --apply changes the cluster, and --apply is not given")
	case f.force && !f.apply:
		return advice.Errorf("add --apply", "--force-conflicts says how --apply changes the cluster, and --apply is not given")
	case f.output.Mode != "none" && f.verify:
		return advice.Errorf("leave one of them out", "--verify looks at what a dry run does not leave behind")
	case f.container != "" && f.deployment == "":
		return advice.Errorf("add --deployment NAME", "--container names a container of a Deployment, and there is none")
	case f.timeout <= 0:
		return advice.Errorf("give a duration such as 90s", "--timeout is %s, it must be more than nothing", f.timeout)
	case f.verify && !slices.Contains([]string{"", "table", "json", "yaml"}, f.output.Format):
		return advice.Errorf("choose one of table, json, yaml", "--verify has no output format %q", f.output.Format)
	}
	if problems := validation.IsDNS1123Label(f.name); len(problems) > 0 {
		return advice.Errorf("choose a name such as "+leastrbac.DefaultName, "--name %s cannot be the name of a volume: %s", advice.Quote(f.name), problems[0])
	}
	if f.verify { // its format is another one, and there is no dry run
		return nil
	}
	return f.output.Validate()
}

// toOptions finds out what is needed: which rights, and what the cluster serves.
func (f *setupFlags) toOptions(ctx context.Context, env *cli.Env, args []string) (SetupOptions, error) {
	if err := f.validate(); err != nil {
		return SetupOptions{}, err
	}
	found, err := f.find(ctx, env, args)
	if err != nil {
		return SetupOptions{}, err
	}
	o := SetupOptions{
		Options: setup.Options{Name: f.name, Namespace: found.Namespace, Labels: leastrbac.Labels},
		Rules:   found.Rules, Deployment: f.deployment, Container: f.container, Apply: f.apply, Verify: f.verify,
		Change: kube.ChangeOptions{DryRun: f.output.Server(), Preview: f.output.Client(), Force: f.force},
		Await:  f.await(env), Learn: learnToken(env),
	}
	if o.Roles, err = found.Manifests(found.Subject); err != nil {
		return SetupOptions{}, err
	}
	if o.Bundle, err = f.makeBundle(ctx, env, found.index); err != nil {
		return SetupOptions{}, err
	}
	if f.apply || f.verify || f.deployment != "" && len(f.source.from) == 0 {
		o.Client, err = env.Client()
	}
	return o, err
}

// need is what policies need, and where.
type need struct {
	leastrbac.Rules
	leastrbac.Subject
	index *resources.Index
}

// indexed is a cluster that knows all that is served.
type indexed interface {
	Index(ctx context.Context) (*resources.Index, error)
}

// find finds the rights, and what the cluster serves.
func (f *setupFlags) find(ctx context.Context, env *cli.Env, args []string) (need, error) {
	o, err := f.options(env, f.name, args)
	if err != nil {
		return need{}, err
	}
	if err := o.Subject.Check(); err != nil {
		return need{}, advice.Wrap(err, "choose another one with --name and -n")
	}
	found := need{Subject: o.Subject}
	if found.index, err = o.Resolver.(recordedWords).next.(indexed).Index(ctx); err != nil {
		return need{}, err
	}
	if len(found.index.Unasked) > 0 {
		env.Warn("these API groups did not answer, and what they serve is unknown to the client: " + strings.Join(found.index.Unasked, ", "))
	}
	if !f.given() {
		env.Say("no policies are given with -d: the ServiceAccount gets no rights")
		return found, nil
	}
	result, err := o.Run(ctx)
	if err != nil {
		return need{}, err
	}
	if len(result.Unknown) > 0 {
		return need{}, errors.Join(tellUnknown(env, o, result.Unknown), cli.ErrFinding)
	}
	tellRules(env, o, result.Rules)
	found.Rules = result.Rules
	return found, nil
}

// makeBundle makes the bundle. What there is to tell of the policies was told
// when their rights were found.
func (f *setupFlags) makeBundle(ctx context.Context, env *cli.Env, index *resources.Index) ([]byte, error) {
	read := kubequery.Policies{}
	if f.given() {
		o := f.policies.options(env)
		o.Notify = nil
		var err error
		if read, err = deployed.Read(o); err != nil {
			return nil, err
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return deployed.Contents{Table: deployed.NewTable(index), Policies: read}.Bundle()
}

// await waits for the token, and no longer than the user wants.
func (f *setupFlags) await(env *cli.Env) func(context.Context, cli.Look) error {
	wait := cli.Wait{Wait: true, Timeout: f.timeout}
	return func(ctx context.Context, look cli.Look) error {
		return wait.Until(ctx, env, "kube-controller-manager's token controller makes it: look whether that runs", look)
	}
}

// learnToken has every message leave the token out.
func learnToken(env *cli.Env) func(token string) {
	redactor := redact.NewRedactor()
	env.Redact = redactor.Text
	return func(token string) {
		redactor.Learn(map[string]any{"kind": "Secret", "apiVersion": "v1", "stringData": map[string]any{"token": token}})
	}
}
