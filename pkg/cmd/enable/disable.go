package enable

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd/internal/object"
	"github.com/kubectl-opa/kubectl-opa/pkg/fleet"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
)

// NewDisable makes the command disable.
func NewDisable(env *cli.Env) *cobra.Command {
	c := newChange(env)
	c.fields = map[string]any{"enabled": false}
	confirmation := &cli.Confirmation{}
	command := &cobra.Command{
		Use:   "disable NAME... | -l SELECTOR | --all",
		Short: "Switch KKP's OPA integration off for user clusters, after asking",
		Long: "Switch KKP's OPA integration off for user clusters, by ID or human-readable name. KKP then removes\n" +
			"Gatekeeper from them with all templates, constraints and the Config, those that were made by hand\n" +
			"on the user cluster too. KKP's own objects stay, and come back with kubectl opa enable; what was\n" +
			"made by hand is listed, and does not come back. From the master, clusters of all seeds are found.\n\n" +
			"--backup DIR writes all that Gatekeeper acts on into a new directory before it asks, for each\n" +
			"cluster: DIR/ID/templates, DIR/ID/constraints and DIR/ID/others (Config, SyncSets, mutations, …),\n" +
			"without status and all else that the server writes, so that kubectl apply -f takes them back, the\n" +
			"templates before the constraints. Where one of the clusters cannot be read, nothing is changed.\n\n" +
			"On plain Gatekeeper there is no flag to set: without a name, disable says how to remove\n" +
			"Gatekeeper, and --backup DIR writes DIR/templates, DIR/constraints and DIR/others.",
		Example: "  kubectl opa disable cocky-thompson --backup before/ --wait\n" +
			"  kubectl opa disable -l env=test --yes",
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := c.validate(cmd, args); err != nil {
				return err
			}
			return c.disable(cmd.Context(), confirmation)
		},
	}
	c.addFlags(command.Flags(), "Wait until both of Gatekeeper's components are gone.")
	command.Flags().StringVar(&c.backup, "backup", "", "Write all that will be removed into this directory first, which must be new or empty.")
	_ = command.MarkFlagDirname("backup")
	confirmation.AddFlags(command.Flags())
	command.ValidArgsFunction = object.CompleteClusters(env)
	return command
}

// disable shows what KKP removes, keeps a copy, asks, and then switches the
// flag off.
func (c *change) disable(ctx context.Context, confirmation *cli.Confirmation) error {
	if c.backup != "" {
		if err := manifest.RequireEmpty(c.backup); err != nil {
			return err
		}
	}
	if c.plain {
		return c.explainDisable(ctx)
	}
	clusters, err := c.clusters(ctx)
	if err != nil {
		return err
	}
	all, err := c.read(ctx, clusters)
	if err != nil {
		return err
	}
	if len(all) == 0 {
		return c.run(ctx, clusters)
	}
	if err := failures(all); err != nil && c.backup != "" {
		return advice.Wrap(fmt.Errorf("nothing was changed: not all can be backed up: %w", err), "see to it, or leave --backup out and lose what was made by hand there")
	}
	c.warnUnread(all)
	lines, err := c.losses(ctx, all)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintln(c.env.Err, strings.Join(lines, "\n"))
	if c.backup != "" {
		if err := c.writeAll(ctx, all); err != nil {
			return err
		}
	}
	if c.output.Mode == "none" {
		on := []string{}
		for _, one := range all {
			on = append(on, fleet.Title(&one.cluster.Cluster))
		}
		if err := confirmation.Ask(ctx, c.env, fmt.Sprintf("Switch OPA off for %s?", strings.Join(on, ", "))); err != nil {
			return err
		}
	}
	return c.run(ctx, clusters)
}

// writeAll writes the backup of all clusters.
func (c *change) writeAll(ctx context.Context, all []contents) error {
	files := []copied{}
	for _, one := range all {
		of, err := copies(one.cluster.Cluster.Name, one.objects)
		if err != nil {
			return err
		}
		files = append(files, of...)
	}
	return c.write(ctx, files)
}
