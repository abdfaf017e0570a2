package command

import (
	"context"
	"flag"
	"fmt"
	"strings"
	"time"

	"github.com/kubectl-opa/kubectl-opa/hack/controlplane/internal/binaries"
	"github.com/kubectl-opa/kubectl-opa/hack/controlplane/internal/cluster"
	"github.com/kubectl-opa/kubectl-opa/hack/controlplane/internal/crds"
	"github.com/kubectl-opa/kubectl-opa/hack/controlplane/internal/gatekeeper"
)

// A folders flag may be given several times.
type folders []string

func (f *folders) String() string { return strings.Join(*f, ",") }

func (f *folders) Set(value string) error {
	*f = append(*f, value)
	return nil
}

// options are the flags that serve and run share.
type options struct {
	crds          folders
	gatekeeper    bool
	auditInterval time.Duration
}

func flagSet(name string) (*flag.FlagSet, *options) {
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	o := &options{}
	flags.Var(&o.crds, "crds", "")
	flags.BoolVar(&o.gatekeeper, "gatekeeper", false, "")
	flags.DurationVar(&o.auditInterval, "audit-interval", 3*time.Second, "")
	return flags, o
}

// controlPlane is a running cluster and the kubectl that goes with it.
type controlPlane struct {
	*cluster.Cluster
	kubectl string
}

// start builds what is missing, and starts a control plane with what the options say. The context ends the control plane, at
// any time.
func start(ctx context.Context, o *options, streams Streams) (*controlPlane, error) {
	// A mistyped folder should show before minutes of building.
	definitions, err := crds.Read(o.crds...)
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
	extensions := []cluster.Extension{crds.Extension(definitions)}
	with := ""
	if o.gatekeeper {
		extension, err := ensureGatekeeper(ctx, store, o)
		if err != nil {
			return nil, err
		}
		extensions, with = append(extensions, extension), " with Gatekeeper"
	}
	began := time.Now()
	c, err := cluster.Start(ctx, cluster.Programs{Etcd: paths[0], APIServer: paths[1], ControllerManager: paths[2]}, extensions...)
	if err != nil {
		return nil, fmt.Errorf("starting the control plane: %w", err)
	}
	fmt.Fprintf(streams.Err, "control plane %s%s is ready at %s after %.1fs\n", c.Version, with, c.Server, time.Since(began).Seconds())
	return &controlPlane{Cluster: c, kubectl: paths[3]}, nil
}

func ensureGatekeeper(ctx context.Context, store *binaries.Store, o *options) (cluster.Extension, error) {
	paths, err := store.Ensure(ctx, binaries.Gatekeeper, binaries.GatekeeperManifest)
	if err != nil {
		return nil, err
	}
	return gatekeeper.Read(gatekeeper.Options{Program: paths[0], Manifest: paths[1], AuditInterval: o.auditInterval})
}
