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
)

// crdsTimeout bounds how long CRDs may take until they are served.
const crdsTimeout = time.Minute

// A folders flag may be given several times.
type folders []string

func (f *folders) String() string { return strings.Join(*f, ",") }

func (f *folders) Set(value string) error {
	*f = append(*f, value)
	return nil
}

// controlPlane is a running cluster and the kubectl that goes with it.
type controlPlane struct {
	*cluster.Cluster
	kubectl string
}

// start builds what is missing, starts a control plane, and creates the CRDs of the given folders. The context ends the
// control plane, at any time.
func start(ctx context.Context, crdFolders []string, streams Streams) (_ *controlPlane, err error) {
	// A mistyped folder should show before minutes of building.
	definitions, err := crds.Read(crdFolders...)
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
	began := time.Now()
	c, err := cluster.Start(ctx, cluster.Programs{Etcd: paths[0], APIServer: paths[1], ControllerManager: paths[2]})
	if err != nil {
		return nil, fmt.Errorf("starting the control plane: %w", err)
	}
	ctx, cancel := context.WithTimeoutCause(c.Context(), crdsTimeout, fmt.Errorf("not served after %s", crdsTimeout))
	defer cancel()
	if err := crds.Install(ctx, c.REST, definitions); err != nil {
		return nil, stopAfter(c, err)
	}
	fmt.Fprintf(streams.Err, "control plane %s is ready at %s after %.1fs\n", c.Version, c.Server, time.Since(began).Seconds())
	return &controlPlane{Cluster: c, kubectl: paths[3]}, nil
}

// flagSet returns the flags that serve and run share.
func flagSet(name string) (*flag.FlagSet, *folders) {
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	crdFolders := &folders{}
	flags.Var(crdFolders, "crds", "")
	return flags, crdFolders
}
