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

// ingredients are what a start takes.
type ingredients struct {
	programs    cluster.Programs
	kubectl     string
	definitions []*unstructured.Unstructured
	gatekeeper  cluster.Extension // nil unless it is wanted
}

// start builds what is missing, and starts a control plane or a fleet with what the options say. The context ends it, at any
// time.
func start(ctx context.Context, o *options, streams Streams) (*controlPlane, error) {
	in, err := prepare(ctx, o, streams)
	if err != nil {
		return nil, err
	}
	began := time.Now()
	c, err := in.start(ctx, o.fleet)
	if err != nil {
		return nil, fmt.Errorf("starting the control plane: %w", err)
	}
	fmt.Fprintf(streams.Err, "%s is ready at %s after %.1fs\n", o.what(c.main.Version), c.main.Server, time.Since(began).Seconds())
	return c, nil
}

func prepare(ctx context.Context, o *options, streams Streams) (*ingredients, error) {
	// A mistyped folder should show before minutes of building.
	definitions, err := crds.Read(o.crds...)
	if err == nil && o.fleet {
		err = fleet.Check(definitions)
	}
	if err != nil {
		return nil, err
	}
	store, err := openStore(streams)
	if err != nil {
		return nil, err
	}
	paths, err := store.Ensure(ctx, binaries.Etcd, binaries.KubeAPIServer, binaries.ControllerManager, binaries.Kubectl)
	if err != nil {
		return nil, err
	}
	in := &ingredients{
		programs:    cluster.Programs{Etcd: paths[0], APIServer: paths[1], ControllerManager: paths[2]},
		kubectl:     paths[3],
		definitions: definitions,
	}
	if o.gatekeeper || o.fleet {
		in.gatekeeper, err = ensureGatekeeper(ctx, store, o)
	}
	return in, err
}

func ensureGatekeeper(ctx context.Context, store *binaries.Store, o *options) (cluster.Extension, error) {
	paths, err := store.Ensure(ctx, binaries.Gatekeeper, binaries.GatekeeperManifest)
	if err != nil {
		return nil, err
	}
	return gatekeeper.Read(gatekeeper.Options{Program: paths[0], Manifest: paths[1], AuditInterval: o.auditInterval})
}

func (in *ingredients) start(ctx context.Context, asFleet bool) (*controlPlane, error) {
	if asFleet {
		f, err := fleet.Start(ctx, fleet.Options{Programs: in.programs, KKP: in.definitions, Gatekeeper: in.gatekeeper})
		if err != nil {
			return nil, err
		}
		return &controlPlane{running: f, main: f.Clusters[fleet.Master], fleet: f.Clusters, kubectl: in.kubectl}, nil
	}
	extensions := []cluster.Extension{crds.Extension(in.definitions)}
	if in.gatekeeper != nil {
		extensions = append(extensions, in.gatekeeper)
	}
	c, err := cluster.Start(ctx, in.programs, extensions...)
	if err != nil {
		return nil, err
	}
	return &controlPlane{running: c, main: c, kubectl: in.kubectl}, nil
}
