package enable

import (
	"context"
	"fmt"
	"strings"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/platform"
)

// How plain Gatekeeper comes and goes.
const (
	installChart = "install it: helm install gatekeeper/gatekeeper --name-template=gatekeeper --namespace gatekeeper-system --create-namespace " +
		"(helm repo add gatekeeper https://open-policy-agent.github.io/gatekeeper/charts)"
	keepCopy       = "keep a copy of all policies: kubectl opa disable --backup DIR"
	removeWebhooks = "first, so that the API server stops asking: kubectl delete validatingwebhookconfigurations,mutatingwebhookconfigurations -l gatekeeper.sh/system=yes"
	removeProgram  = "then Gatekeeper itself: helm uninstall gatekeeper -n gatekeeper-system, or, where it was not installed by helm, kubectl delete namespace gatekeeper-system"
	removeAll      = "last, and all policies go with them: kubectl delete crds -l gatekeeper.sh/system=yes, and kubectl delete crds -l gatekeeper.sh/constraint=yes"
)

// explainEnable says why there is nothing to switch on here.
func (c *change) explainEnable(ctx context.Context) error {
	found, err := c.installation(ctx)
	if err != nil {
		return err
	}
	next := "there is nothing to do; see how it stands with kubectl opa status"
	if !found.Running() {
		next = installChart
	}
	return advice.Errorf(next, "there is no flag to set on plain Gatekeeper, which is on where it is installed: %s", describe(found))
}

// explainDisable says why there is nothing to switch off here, and what to
// remove instead, after it has kept a copy where that is wanted.
func (c *change) explainDisable(ctx context.Context) error {
	found, err := c.installation(ctx)
	if err != nil {
		return err
	}
	const reason = "there is no flag to set on plain Gatekeeper, which is off when it is removed: "
	steps := []string{keepCopy, removeWebhooks, removeProgram, removeAll}
	if c.backup == "" {
		err := fmt.Errorf("%s%s", reason, describe(found))
		// The outermost step is told first.
		for i := len(steps) - 1; i >= 0; i-- {
			err = advice.Wrap(err, "%s", steps[i])
		}
		return err
	}
	client, err := c.env.Client()
	if err != nil {
		return err
	}
	objects, err := platform.Gatekeeper{Cluster: client}.Objects(ctx)
	if err != nil {
		return err
	}
	files, err := copies("", objects)
	if err != nil {
		return err
	}
	if err := c.write(ctx, files); err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.env.Err, "Nothing was removed: %s%s\n  → %s\n", reason, describe(found), strings.Join(steps[1:], "\n  → "))
	return err
}

func (c *change) installation(ctx context.Context) (platform.Installation, error) {
	client, err := c.env.Client()
	if err != nil {
		return platform.Installation{}, err
	}
	return platform.Gatekeeper{Cluster: client}.Installation(ctx)
}

// describe is an installation in a few words.
func describe(found platform.Installation) string {
	version := found.Version
	if version == "" {
		version = "of an unknown version"
	}
	if !found.Running() {
		return "this cluster has only the definitions of Gatekeeper " + version
	}
	return fmt.Sprintf("this cluster has Gatekeeper %s (controller %s, audit %s, webhook %s)",
		version, found.Controller.Health, found.Audit.Health, found.Webhook.Health)
}
