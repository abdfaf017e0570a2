package command

import (
	"context"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/hack/controlplane/internal/binaries"
	"github.com/kubectl-opa/kubectl-opa/hack/controlplane/internal/cluster"
	"github.com/kubectl-opa/kubectl-opa/hack/controlplane/internal/crds"
	"github.com/kubectl-opa/kubectl-opa/hack/controlplane/internal/fleet"
	"github.com/kubectl-opa/kubectl-opa/hack/controlplane/internal/gatekeeper"
)

// running is what a cluster and a fleet have in common.
type running interface {
	Done() <-chan struct{}
	Cause() error
	Stop() error
}

// A controlPlane runs, and has the kubectl that goes with it.
type controlPlane struct {
	running
	main    *cluster.Cluster
	fleet   map[string]*cluster.Cluster // nil unless it is one
	kubectl string
}

// start builds what is missing, and starts a control plane or a fleet with what the options say. The context ends it, at any
// time.
func start(ctx context.Context, o *options, streams Streams) (*controlPlane, error) {
	// A mistyped folder should show before minutes of building.
	definitions, err := crds.Read(o.crds...)
	if err != nil {
		return nil, err
	}
	if o.fleet {
		if err := fleet.Check(definitions); err != nil {
			return nil, err
		}
	}
	store, err := openStore(streams)
	if err != nil {
		return nil, err
	}
	paths, err := store.Ensure(ctx, binaries.Etcd, binaries.KubeAPIServer, binaries.ControllerManager, binaries.Kubectl)
	if err != nil {
		return nil, err
	}
	var extension cluster.Extension
	if o.gatekeeper || o.fleet {
		if extension, err = ensureGatekeeper(ctx, store, o); err != nil {
			return nil, err
		}
	}
	began := time.Now()
	c := &controlPlane{kubectl: paths[3]}
	programs := cluster.Programs{Etcd: paths[0], APIServer: paths[1], ControllerManager: paths[2]}
	if err := c.start(ctx, o, programs, definitions, extension); err != nil {
		return nil, fmt.Errorf("starting the control plane: %w", err)
	}
	fmt.Fprintf(streams.Err, "%s %s is ready at %s after %.1fs\n", o.what(), c.main.Version, c.main.Server, time.Since(began).Seconds())
	return c, nil
}

func (c *controlPlane) start(ctx context.Context, o *options, programs cluster.Programs, definitions []*unstructured.Unstructured, gatekeeper cluster.Extension) error {
	if o.fleet {
		f, err := fleet.Start(ctx, programs, definitions, gatekeeper)
		if err != nil {
			return err
		}
		c.running, c.main, c.fleet = f, f.Clusters[fleet.Master], f.Clusters
		return nil
	}
	extensions := []cluster.Extension{crds.Extension(definitions)}
	if o.gatekeeper {
		extensions = append(extensions, gatekeeper)
	}
	one, err := cluster.Start(ctx, programs, extensions...)
	if err != nil {
		return err
	}
	c.running, c.main = one, one
	return nil
}

func ensureGatekeeper(ctx context.Context, store *binaries.Store, o *options) (cluster.Extension, error) {
	paths, err := store.Ensure(ctx, binaries.Gatekeeper, binaries.GatekeeperManifest)
	if err != nil {
		return nil, err
	}
	return gatekeeper.Read(gatekeeper.Options{Program: paths[0], Manifest: paths[1], AuditInterval: o.auditInterval})
}
