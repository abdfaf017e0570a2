// Package cluster runs a control plane on the loopback interface: etcd, kube-apiserver and kube-controller-manager, with
// RBAC and certificates of its own, in a folder that goes when it stops.
package cluster

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	"k8s.io/client-go/rest"

	"github.com/kubectl-opa/kubectl-opa/hack/controlplane/internal/process"
)

// startTimeout is generous: many control planes may start at once on a small machine.
const startTimeout = 3 * time.Minute

var errNotReady = fmt.Errorf("not ready after %s", startTimeout)

// Programs are the paths of what a control plane consists of.
type Programs struct {
	Etcd, APIServer, ControllerManager string
}

// A Cluster is a running control plane.
type Cluster struct {
	Kubeconfig string // path of the administrator's kubeconfig
	Server     string // URL of kube-apiserver
	Version    string // of kube-apiserver, v1.36.3
	Dir        string // work folder, with the components' logs
	REST       *rest.Config

	dir   *workDir
	creds *credentials
	ctx   context.Context // ends, with the reason, when a component does
	fail  context.CancelCauseFunc

	mu        sync.Mutex
	processes []*process.Process // in the order of their start
}

// An Extension adds to a control plane. It is called as soon as kube-apiserver answers, while kube-controller-manager starts.
type Extension func(context.Context, *Cluster) error

// Start starts a control plane and returns when it, and all that extends it, can be used. The caller has to Stop it.
func Start(ctx context.Context, programs Programs, extensions ...Extension) (_ *Cluster, err error) {
	dir, err := newWorkDir()
	if err != nil {
		return nil, err
	}
	c := &Cluster{dir: dir, Dir: dir.path, Kubeconfig: dir.file(adminKubeconfig)}
	c.ctx, c.fail = context.WithCancelCause(ctx)
	defer func() {
		if err != nil {
			err = errors.Join(err, c.Stop())
		}
	}()
	ctx, cancel := context.WithTimeoutCause(c.ctx, startTimeout, errNotReady)
	defer cancel()

	if c.creds, err = newCredentials(); err != nil {
		return nil, err
	}
	if err := c.creds.write(dir); err != nil {
		return nil, err
	}
	etcd, err := c.run("etcd", programs.Etcd, etcdArgs(dir))
	if err != nil {
		return nil, err
	}
	if err := withLog(waitForEtcd(ctx, dir), etcd); err != nil {
		return nil, err
	}
	client, err := c.runAPIServer(ctx, programs.APIServer)
	if err != nil {
		return nil, err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return c.runControllers(ctx, programs.ControllerManager, client) })
	for _, extend := range extensions {
		group.Go(func() error { return extend(ctx, c) })
	}
	return c, group.Wait()
}

func (c *Cluster) runAPIServer(ctx context.Context, path string) (client *http.Client, err error) {
	err = c.Serve(ctx, Server{
		Name:  "kube-apiserver",
		Path:  path,
		Ports: 1,
		Args: func(ports []int) ([]string, error) {
			client, err = c.connect(ports[0])
			return apiServerArgs(c.dir, ports[0]), err
		},
		Ready: func(ctx context.Context, _ []int) error { return waitForAPIServer(ctx, client, c.Server) },
	})
	if err != nil {
		return nil, err
	}
	c.Version, err = serverVersion(ctx, client, c.Server)
	return client, err
}

func (c *Cluster) runControllers(ctx context.Context, path string, client *http.Client) error {
	p, err := c.run("kube-controller-manager", path, controllerManagerArgs(c.dir))
	if err != nil {
		return err
	}
	return withLog(waitForControllers(ctx, client, c.Server), p)
}

// Context ends when the context that the control plane was started with does, or one of its components.
func (c *Cluster) Context() context.Context { return c.ctx }

// Done is closed when Context ends.
func (c *Cluster) Done() <-chan struct{} { return c.ctx.Done() }

// Cause says why Done was closed.
func (c *Cluster) Cause() error { return context.Cause(c.ctx) }

// Stop ends all components, the last one started first, and removes the work folder.
func (c *Cluster) Stop() error {
	c.fail(errors.New("the control plane was stopped"))
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range slices.Backward(c.processes) {
		p.Kill()
	}
	if err := c.dir.remove(); err != nil {
		return fmt.Errorf("removing the work folder: %w", err)
	}
	return nil
}
