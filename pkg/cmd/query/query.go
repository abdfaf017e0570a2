// Package query is "kubectl opa query": Rego that asks the Kubernetes API.
package query

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery"
	"github.com/kubectl-opa/kubectl-opa/pkg/resources"
)

// New is the command.
func New(env *cli.Env) *cobra.Command {
	f := &flags{}
	cmd := cli.RunsItself(&cobra.Command{
		Use:   "query EXPR",
		Short: "Evaluate a Rego expression that asks the Kubernetes API",
		Long: `Evaluate a Rego expression, as "opa eval" does, with the functions of the package
kubernetes.api.client at hand. They ask the cluster of the kubeconfig:

  query_name_ns(resource, name, namespace)               one object
  query_name(resource, name)                             one object of a resource without namespaces
  query_all(resource)                                    the objects of all namespaces
  query_ns(resource, namespace)                          the objects of a namespace
  query_label_selector(resource, selector)               the objects that have labels
  query_label_selector_ns(resource, selector, namespace) the objects of a namespace that have labels
  query_field_selector_ns(resource, selector, namespace) the objects of a namespace that have fields

A resource is anything that kubectl takes: pods, deploy, deployments.apps, deployments.v1.apps.
A selector is a map, {"app": "web"}, or kubectl's syntax, "app in (web, api), !canary".
The namespace "" stands for all namespaces.

A result is an HTTP response (status_code, status, headers, body) with the fields of its body
beside these: result.body.items and result.items are the same. That something is forbidden (403)
or not there (404) is a result, every other failure an error. Lists are read to their end, and the
same question is asked once. A policy reaches nothing else, unless --allow-net names
hosts for http.send and net.lookup_ip_addr.

With --from, manifests answer instead of a cluster, and no kubeconfig is read: files, directories,
a "kubectl get -o json", or the tree that kube-mgmt replicates into OPA. Resources are those of
Kubernetes and of the CRDs among the manifests. What an API server would do is not made up:
defaults and status are there only where the manifests have them, and versions are not converted.

--record keeps all that a run asked in a file, and --replay answers from it, so that a pipeline
needs no cluster. What was not asked then is an error. Of the headers only content-type is kept.

The values of Secrets are <redacted> in that file, and a replay says when a policy reads one, unless
--record-secrets kept them. Nor are they shown on stderr: in what a policy prints, in messages, with
-v. A value is known by its text and its base64, from 4 bytes on. The result is not redacted.`,
		Example: `  # The names of all Deployments
  kubectl opa query 'data.kubernetes.api.client.query_all("deployments").items[_].metadata.name' --format raw

  # What a policy says about an input
  kubectl opa query data.authz.deny -d policy.rego -i review.json --format pretty

  # The same without a cluster
  kubectl opa query data.authz.deny -d policy.rego -i review.json --from manifests/

  # Once on a cluster, then anywhere: what the policy says about what was recorded
  kubectl opa query data.authz.deny -d policy.rego -i review.json --record authz.json
  kubectl opa query data.authz.deny -d policy.rego -i review.json --replay authz.json`,
		Args: expression,
		RunE: func(cmd *cobra.Command, args []string) error {
			o, err := f.toOptions(env, args)
			if err != nil {
				return err
			}
			result, err := o.Run(cmd.Context())
			if err != nil {
				return errors.Join(err, writeExplanation(env.Err, result.Explanation))
			}
			if err := (view{f.format, len(f.profile.sort) > 0}).write(env.Out, env.Err, result); err != nil {
				return err
			}
			return f.verdict(result)
		},
		ValidArgsFunction: cobra.NoFileCompletions,
	})
	f.add(cmd)
	cmd.SetFlagErrorFunc(explainFlag)
	cmd.AddCommand(newTest(env), newServe(env), newRBAC(env), newSetup(env))
	return cmd
}

// expression wants one argument.
func expression(cmd *cobra.Command, args []string) error {
	switch len(args) {
	case 0:
		return cli.UsageError(cmd.CommandPath(), "no expression is given")
	case 1:
		return checkWord(cmd, args[0])
	default:
		if err := checkWord(cmd, args[0]); err != nil {
			return err
		}
		return cli.UsageError(cmd.CommandPath(), "want one expression, found %d arguments: quote it as a whole", len(args))
	}
}

// variable is an expression that is a name and nothing else.
var variable = regexp.MustCompile(`^[\pL_][\pL\pN_-]*$`)

// checkWord refuses a lone word that is nearly the name of a subcommand: as an
// expression it is a variable without a value, but for the few that Rego knows.
func checkWord(cmd *cobra.Command, word string) error {
	known := []string{"input", "data", "true", "false", "null"}
	if cmd.ArgsLenAtDash() >= 0 || !variable.MatchString(word) || slices.Contains(known, word) {
		return nil
	}
	near := cli.Nearest(cmd, word)
	if len(near) == 0 {
		return nil
	}
	return advice.Errorf(fmt.Sprintf("did you mean %s %s? An expression of that name goes behind --", cmd.CommandPath(), strings.Join(near, " or ")),
		"unknown command %q for %s", word, cmd.CommandPath())
}

// Options are what a run needs.
type Options struct {
	kubequery.Options
	// Cluster is asked nothing before a function is called.
	Cluster kubequery.Cluster
	// Keep keeps what was asked, once the run has ended, with or without an
	// error; nil keeps nothing.
	Keep func(run error) error
}

// Run evaluates the expression.
func (o Options) Run(ctx context.Context) (kubequery.Result, error) {
	result, err := kubequery.Evaluate(ctx, o.Cluster, o.Options)
	return result, kept(o.Keep, err)
}

// kept is the error of a run, with that of keeping what it asked.
func kept(keep func(run error) error, run error) error {
	if keep == nil {
		return run
	}
	return errors.Join(run, keep(run))
}

// lazy is a cluster that is connected to when it is first asked, so that an
// expression that asks nothing needs no kubeconfig.
type lazy struct {
	connect func() (kubequery.Cluster, error)
}

func newLazy(env *cli.Env) lazy {
	return lazy{sync.OnceValues(func() (kubequery.Cluster, error) {
		client, err := env.Client()
		if err != nil {
			return nil, err
		}
		return client.Queries(), nil
	})}
}

// Resolve implements kubequery.Cluster.
func (l lazy) Resolve(ctx context.Context, word string) (resources.Resource, error) {
	cluster, err := l.connect()
	if err != nil {
		return resources.Resource{}, err
	}
	return cluster.Resolve(ctx, word)
}

// Do implements kubequery.Cluster.
func (l lazy) Do(ctx context.Context, request kubequery.Request) (kubequery.Response, error) {
	cluster, err := l.connect()
	if err != nil {
		return kubequery.Response{}, err
	}
	return cluster.Do(ctx, request)
}

// Index is all that the cluster serves.
func (l lazy) Index(ctx context.Context) (*resources.Index, error) {
	cluster, err := l.connect()
	if err != nil {
		return nil, err
	}
	return cluster.(indexed).Index(ctx)
}

// formatNames lists the formats for help and errors.
func formatNames() string {
	return strings.Join(slices.Sorted(slices.Values(formats)), ", ")
}
