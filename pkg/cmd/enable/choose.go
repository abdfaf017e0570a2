package enable

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
)

func (c *change) validate(cmd *cobra.Command, args []string) error {
	if err := errors.Join(c.output.Validate(), c.wait.Validate()); err != nil {
		return err
	}
	ways := []bool{len(args) > 0, c.selector != "", c.all}
	if !slices.Contains(ways, true) {
		// Without any the command explains itself where there is nothing to name.
		on, err := c.env.Platform(cmd.Context())
		c.plain = err == nil && on == cli.OnGatekeeper
	}
	if !c.plain && !cli.ExactlyOne(ways...) {
		return cli.UsageError(cmd.CommandPath(), "say which user clusters in exactly one way: names, -l SELECTOR or --all")
	}
	c.names = args
	return cli.CheckLabels("--selector", c.selector)
}

// clusters finds all clusters before the first one is touched.
func (c *change) clusters(ctx context.Context) ([]cli.UserCluster, error) {
	on, err := c.env.Platform(ctx)
	if err != nil {
		return nil, err
	}
	if on == cli.OnGatekeeper {
		return nil, advice.Errorf("leave them out to see what to do here; for KKP, choose its master with --context",
			"names, -l and --all mean user clusters of KKP, and this is a cluster with Gatekeeper alone")
	}
	if c.kkp, _, err = c.env.KKP(ctx); err != nil {
		return nil, err
	}
	chosen, doubts, err := c.env.ChooseClusters(ctx, c.names, c.selector)
	if err != nil {
		return nil, err
	}
	for _, doubt := range doubts {
		c.env.Warn(doubt)
	}
	c.noteMissing(chosen.Missing)
	if len(chosen.Clusters) == 0 {
		return nil, errors.Join(fmt.Errorf("%w: no user cluster matches", cli.ErrNothing), c.unread)
	}
	return chosen.Clusters, nil
}

// noteMissing keeps for the end which seeds could not be read: the clusters of
// the others are changed. Who may not read them hears of it.
func (c *change) noteMissing(missing []error) {
	failed := []error{}
	for _, err := range missing {
		if !cli.Denied(err) {
			failed = append(failed, fmt.Errorf("user clusters were left out: %w", err))
			continue
		}
		if !c.told["seeds"] {
			c.told["seeds"] = true
			c.env.Warn("user clusters of other seeds may be left out: " + err.Error())
		}
	}
	c.unread = errors.Join(failed...)
}
