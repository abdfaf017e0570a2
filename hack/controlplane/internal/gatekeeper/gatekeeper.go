// Package gatekeeper runs Gatekeeper on a control plane: what its release installs, as far as it makes sense without nodes,
// and its two Pods as processes of ours.
package gatekeeper

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/kubectl-opa/kubectl-opa/hack/controlplane/internal/cluster"
	"github.com/kubectl-opa/kubectl-opa/hack/controlplane/internal/crds"
	"github.com/kubectl-opa/kubectl-opa/hack/controlplane/internal/objects"
)

// Options say what to run, and how.
type Options struct {
	Program       string        // path
	Manifest      string        // path of the gatekeeper.yaml of the same version
	AuditInterval time.Duration // whole seconds
}

// The files of Gatekeeper in the work folder.
const (
	kubeconfigFile = "gatekeeper.kubeconfig"
	certDir        = "gatekeeper-certs" // with the names of files that Gatekeeper expects
	auditDir       = "gatekeeper-audit"
)

// Read reads the manifest, so that a mistake shows before anything is started, and returns what runs Gatekeeper on a control
// plane.
func Read(options Options) (cluster.Extension, error) {
	file, err := os.Open(options.Manifest)
	if err != nil {
		return nil, fmt.Errorf("reading Gatekeeper's manifest: %w", err)
	}
	defer file.Close()
	all, err := objects.Read(file)
	if err != nil {
		return nil, fmt.Errorf("reading Gatekeeper's manifest %s: %w", options.Manifest, err)
	}
	m, err := split(all)
	if err != nil {
		return nil, fmt.Errorf("reading Gatekeeper's manifest %s: %w", options.Manifest, err)
	}
	return func(ctx context.Context, c *cluster.Cluster) error {
		if err := install(ctx, c, m, options); err != nil {
			return fmt.Errorf("running Gatekeeper: %w", err)
		}
		return nil
	}, nil
}

// install returns when Gatekeeper is ready and the API server asks it. Gatekeeper would look only every ten seconds for a CRD
// that was missing when it started, so these come first.
func install(ctx context.Context, c *cluster.Cluster, m *manifest, options Options) error {
	client, err := objects.NewClient(c.REST)
	if err != nil {
		return err
	}
	if err := writeFiles(c); err != nil {
		return err
	}
	group, installing := errgroup.WithContext(ctx)
	group.Go(func() error { return crds.Install(installing, c.REST, m.crds) })
	group.Go(func() error { return client.Apply(installing, m.objects...) })
	if err := group.Wait(); err != nil {
		return err
	}
	if err := waitForRights(ctx, c); err != nil {
		return err
	}
	group, ctx = errgroup.WithContext(ctx)
	group.Go(func() error { return serveWebhook(ctx, c, client, m, options) })
	group.Go(func() error { return c.Serve(ctx, auditServer(c.Dir, options)) })
	group.Go(func() error { return client.ApplyStatus(ctx, m.statuses...) })
	return group.Wait()
}

// serveWebhook has the API server ask Gatekeeper, and only when it can answer: its check of namespaces must not fail.
func serveWebhook(ctx context.Context, c *cluster.Cluster, client *objects.Client, m *manifest, options Options) error {
	var port int
	server := webhookServer(c.Dir, options, &port)
	if err := c.Serve(ctx, server); err != nil {
		return err
	}
	config, err := webhookConfig(m.webhook, port, c.CA())
	if err != nil {
		return err
	}
	if err := client.Apply(ctx, config); err != nil {
		return err
	}
	return waitForWebhook(ctx, client)
}

// writeFiles writes what Gatekeeper reads: who it is, and its certificate.
func writeFiles(c *cluster.Cluster) error {
	kubeconfig, err := c.KubeconfigOf(user, userGroups...)
	if err != nil {
		return err
	}
	cert, err := c.ServingCert("gatekeeper-webhook")
	if err != nil {
		return err
	}
	for _, dir := range []string{certDir, auditDir} {
		if err := os.Mkdir(filepath.Join(c.Dir, dir), 0o700); err != nil {
			return err
		}
	}
	for name, content := range map[string][]byte{
		kubeconfigFile:                    kubeconfig,
		filepath.Join(certDir, "tls.crt"): cert.Cert,
		filepath.Join(certDir, "tls.key"): cert.Key,
	} {
		if err := os.WriteFile(filepath.Join(c.Dir, name), content, 0o600); err != nil {
			return err
		}
	}
	return nil
}
