// Package enable is kubectl opa enable and disable: KKP's OPA integration of
// user clusters.
package enable

import (
	"context"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd/internal/object"
)

// flags mirror the command line of enable.
type flags struct {
	webhookTimeout int32
	mutation       bool
	controller     string
	audit          string
}

// New makes the command enable.
func New(env *cli.Env) *cobra.Command {
	f := &flags{}
	c := newChange(env)
	command := &cobra.Command{
		Use:   "enable NAME... | -l SELECTOR | --all",
		Short: "Switch KKP's OPA integration on for user clusters",
		Long: "Switch KKP's OPA integration on for user clusters, by ID or human-readable name: KKP then installs\n" +
			"Gatekeeper there and syncs templates and constraints. Only the named fields of\n" +
			"spec.opaIntegration are touched. From the master, clusters of all seeds are found.\n\n" +
			"On plain Gatekeeper there is no flag to set: without a name, enable says what is installed.",
		Example: "  kubectl opa enable cocky-thompson --webhook-timeout 5 --wait\n" +
			"  kubectl opa enable -l env=prod --dry-run=server",
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := c.validate(cmd, args); err != nil {
				return err
			}
			var err error
			if c.fields, err = f.fields(cmd); err != nil {
				return err
			}
			return c.enable(cmd.Context())
		},
	}
	c.addFlags(command.Flags(), "Wait until both of Gatekeeper's components are up.")
	f.addFlags(command.Flags())
	command.ValidArgsFunction = object.CompleteClusters(env)
	return command
}

func (c *change) enable(ctx context.Context) error {
	if c.plain {
		return c.explainEnable(ctx)
	}
	clusters, err := c.clusters(ctx)
	if err != nil {
		return err
	}
	return c.run(ctx, clusters)
}

func (f *flags) addFlags(flags *pflag.FlagSet) {
	flags.Int32Var(&f.webhookTimeout, "webhook-timeout", 0, "Seconds that the API server waits for Gatekeeper's answer, 1 to 30.")
	flags.BoolVar(&f.mutation, "mutation", false, "Switch Gatekeeper's mutation on, which KKP calls experimental; =false switches it off.")
	flags.StringVar(&f.controller, "controller-resources", "", "Resources of Gatekeeper's webhook, such as requests.cpu=100m,limits.memory=1Gi.")
	flags.StringVar(&f.audit, "audit-resources", "", "Resources of Gatekeeper's audit, in the same form.")
}

// fields are the fields of spec.opaIntegration that the flags name.
func (f *flags) fields(cmd *cobra.Command) (map[string]any, error) {
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
		{"controller-resources", "controllerResources", f.controller},
		{"audit-resources", "auditResources", f.audit},
	} {
		if !cmd.Flags().Changed(resources.flag) {
			continue
		}
		parsed, err := parseResources("--"+resources.flag, resources.text)
		if err != nil {
			return nil, err
		}
		fields[resources.field] = parsed
	}
	return fields, nil
}
