// Package enable is kubectl opa enable: KKP's OPA integration of user clusters.
package enable

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd/internal/object"
	"github.com/kubectl-opa/kubectl-opa/pkg/fleet"
	"github.com/kubectl-opa/kubectl-opa/pkg/kube"
	"github.com/kubectl-opa/kubectl-opa/pkg/platform"
)

// flags mirror the command line.
type flags struct {
	selector       string
	all            bool
	webhookTimeout int32
	mutation       bool
	controller     string
	audit          string
	output         cli.ChangeOutput
}

// options are what the command works with.
type options struct {
	env      *cli.Env
	names    []string
	selector string
	output   cli.ChangeOutput
	// fields are the fields of spec.opaIntegration to set.
	fields map[string]any
}

// New makes the command.
func New(env *cli.Env) *cobra.Command {
	f := &flags{}
	command := &cobra.Command{
		Use:   "enable NAME... | -l SELECTOR | --all",
		Short: "Switch KKP's OPA integration on for user clusters",
		Long: "Switch KKP's OPA integration on for user clusters, by ID or human-readable name: KKP then installs\n" +
			"Gatekeeper there and syncs templates and constraints. Only the named fields of\n" +
			"spec.opaIntegration are touched.",
		Example: "  kubectl opa enable cocky-thompson --webhook-timeout 5\n" +
			"  kubectl opa enable -l env=prod --dry-run=server",
		RunE: func(cmd *cobra.Command, args []string) error {
			o, err := f.toOptions(env, cmd, args)
			if err != nil {
				return err
			}
			changes, err := o.run(cmd.Context())
			return errors.Join(o.output.Print(env, changes), err)
		},
	}
	f.addFlags(command.Flags())
	command.ValidArgsFunction = object.CompleteClusters(env)
	return command
}

func (f *flags) addFlags(flags *pflag.FlagSet) {
	flags.StringVarP(&f.selector, "selector", "l", "", "All user clusters with these labels.")
	flags.BoolVar(&f.all, "all", false, "All user clusters of this seed.")
	flags.Int32Var(&f.webhookTimeout, "webhook-timeout", 0, "Seconds that the API server waits for Gatekeeper's answer, 1 to 30.")
	flags.BoolVar(&f.mutation, "mutation", false, "Switch Gatekeeper's mutation on, which KKP calls experimental; =false switches it off.")
	flags.StringVar(&f.controller, "controller-resources", "", "Resources of Gatekeeper's webhook, such as requests.cpu=100m,limits.memory=1Gi.")
	flags.StringVar(&f.audit, "audit-resources", "", "Resources of Gatekeeper's audit, in the same form.")
	f.output.AddFlags(flags)
}

func (f *flags) toOptions(env *cli.Env, cmd *cobra.Command, args []string) (*options, error) {
	if err := f.output.Validate(); err != nil {
		return nil, err
	}
	if !cli.ExactlyOne(len(args) > 0, f.selector != "", f.all) {
		return nil, cli.UsageError(cmd.CommandPath(), "say which user clusters in exactly one way: names, -l SELECTOR or --all")
	}
	fields := map[string]any{"enabled": true}
	if cmd.Flags().Changed("webhook-timeout") {
		if f.webhookTimeout < 1 || f.webhookTimeout > 30 {
			return nil, cli.UsageError(cmd.CommandPath(), "--webhook-timeout is %d, the API server takes 1 to 30 seconds", f.webhookTimeout)
		}
		fields["webhookTimeoutSeconds"] = int64(f.webhookTimeout)
	}
	if cmd.Flags().Changed("mutation") {
		fields["experimentalEnableMutation"] = f.mutation
	}
	for _, resources := range []struct{ flag, field, text string }{
		{"--controller-resources", "controllerResources", f.controller},
		{"--audit-resources", "auditResources", f.audit},
	} {
		if resources.text == "" {
			continue
		}
		parsed, err := parseResources(resources.flag, resources.text)
		if err != nil {
			return nil, err
		}
		fields[resources.field] = parsed
	}
	return &options{env: env, names: args, selector: f.selector, output: f.output, fields: fields}, nil
}

// run changes all clusters and goes on where one fails.
func (o *options) run(ctx context.Context) ([]cli.Change, error) {
	kkp, client, err := o.env.KKP()
	if err != nil {
		return nil, err
	}
	clusters, err := o.clusters(ctx, kkp)
	if err != nil {
		return nil, err
	}
	changes := []cli.Change{}
	failed := []error{}
	for _, cluster := range clusters {
		change, err := o.enable(ctx, client, cluster.Name)
		if err != nil {
			failed = append(failed, err)
			continue
		}
		if cluster.Spec.Pause {
			o.env.Warn(fmt.Sprintf("cluster %s (%s) is paused: KKP acts when it is resumed", cluster.Name, cluster.Spec.HumanReadableName))
		}
		changes = append(changes, change)
	}
	return changes, errors.Join(failed...)
}

// clusters finds all clusters before the first one is touched.
func (o *options) clusters(ctx context.Context, kkp platform.KKP) ([]kubermaticv1.Cluster, error) {
	if len(o.names) == 0 {
		clusters, err := kkp.ClustersWith(ctx, o.selector)
		if err == nil && len(clusters) == 0 {
			err = fmt.Errorf("%w: no user cluster matches", cli.ErrNothing)
		}
		return clusters, err
	}
	all, err := kkp.Clusters(ctx)
	if err != nil {
		return nil, err
	}
	found := []kubermaticv1.Cluster{}
	missing := []error{}
	for _, name := range o.names {
		cluster, err := fleet.Find(all, name)
		if err != nil {
			missing = append(missing, err)
			continue
		}
		found = append(found, *cluster)
	}
	return found, errors.Join(missing...)
}

func (o *options) enable(ctx context.Context, client *kube.Client, name string) (cli.Change, error) {
	place := platform.Place{GroupVersionResource: kubermaticv1.Clusters}
	if o.output.Client() {
		object, err := client.Get(ctx, place, name)
		return cli.Change{Object: object, Outcome: kube.Configured}, err
	}
	object, outcome, err := client.PatchFields(ctx, place, name, kube.ChangeOptions{DryRun: o.output.Server()},
		func(cluster *unstructured.Unstructured) (map[string]any, error) {
			return patchOf(cluster, o.fields)
		})
	return cli.Change{Object: object, Outcome: outcome}, err
}
