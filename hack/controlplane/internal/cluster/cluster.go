// Package cluster runs a control plane on the loopback interface: etcd, kube-apiserver and kube-controller-manager, with
// RBAC and certificates of its own, in a folder that goes when it stops.
package cluster

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/kubectl-opa/kubectl-opa/hack/controlplane/internal/process"
)

const (
	// startTimeout is generous: many control planes may start at once on a small machine.
	startTimeout = 3 * time.Minute
	// portAttempts bounds how often another program may take the port between our choosing it and its use.
	portAttempts = 5
)

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

	dir       *workDir
	processes []*process.Process // in the order of their start
	ctx       context.Context    // ends, with the reason, when a component does
	fail      context.CancelCauseFunc
}

// Start starts a control plane and returns when it can be used. The caller has to Stop it.
func Start(ctx context.Context, programs Programs) (_ *Cluster, err error) {
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

	creds, err := newCredentials()
	if err != nil {
		return nil, err
	}
	if err := creds.write(dir); err != nil {
		return nil, err
	}
	etcd, err := c.run(programs.Etcd, etcdArgs(dir))
	if err != nil {
		return nil, err
	}
	if err := withLog(waitForEtcd(ctx, dir), etcd); err != nil {
		return nil, err
	}
	client, err := c.runAPIServer(ctx, programs.APIServer, creds)
	if err != nil {
		return nil, err
	}
	controllerManager, err := c.run(programs.ControllerManager, controllerManagerArgs(dir))
	if err != nil {
		return nil, err
	}
	if err := withLog(waitForControllers(ctx, client, c.Server), controllerManager); err != nil {
		return nil, err
	}
	c.Version, err = serverVersion(ctx, client, c.Server)
	return c, err
}

// runAPIServer starts kube-apiserver, waits for it, and returns a client of it. kube-apiserver cannot choose its port
// itself, so a port that is taken in the meantime is a reason to try another one.
func (c *Cluster) runAPIServer(ctx context.Context, path string, creds *credentials) (*http.Client, error) {
	for attempt := 1; ; attempt++ {
		port, err := freePort()
		if err != nil {
			return nil, err
		}
		client, err := c.connect(creds, port)
		if err != nil {
			return nil, err
		}
		p, err := process.Start(c.Dir, path, apiServerArgs(c.dir, port), environment())
		if err != nil {
			return nil, err
		}
		err = waitForAPIServer(untilDone(ctx, p), client, c.Server)
		if err == nil {
			c.watch(p)
			return client, nil
		}
		p.Kill()
		if attempt == portAttempts || !strings.Contains(process.Tail(p.Log()), "address already in use") {
			return nil, withLog(err, p)
		}
	}
}

// withLog adds the end of a component's log to the error of having waited too long for it.
func withLog(err error, p *process.Process) error {
	if errors.Is(err, errNotReady) {
		return fmt.Errorf("%w\n%s", err, process.Tail(p.Log()))
	}
	return err
}

// connect writes the kubeconfigs for a server on port and makes a client from the administrator's.
func (c *Cluster) connect(creds *credentials, port int) (*http.Client, error) {
	c.Server = fmt.Sprintf("https://%s:%d", loopback, port)
	admin, err := creds.writeKubeconfigs(c.dir, c.Server)
	if err != nil {
		return nil, err
	}
	if c.REST, err = clientcmd.RESTConfigFromKubeConfig(admin); err != nil {
		return nil, fmt.Errorf("reading our own kubeconfig: %w", err)
	}
	c.REST.QPS = -1 // nobody else is kept waiting
	return httpClient(c.REST)
}

// run starts a component whose end is the end of the control plane.
func (c *Cluster) run(path string, args []string) (*process.Process, error) {
	p, err := process.Start(c.Dir, path, args, environment())
	if err == nil {
		c.watch(p)
	}
	return p, err
}

func (c *Cluster) watch(p *process.Process) {
	c.processes = append(c.processes, p)
	go func() {
		<-p.Done()
		c.fail(p.Err())
	}()
}

// untilDone returns a context that ends, with the reason, when the program does.
func untilDone(ctx context.Context, p *process.Process) context.Context {
	ctx, cancel := context.WithCancelCause(ctx)
	go func() {
		<-p.Done()
		cancel(p.Err())
	}()
	return ctx
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
	for i := len(c.processes) - 1; i >= 0; i-- {
		c.processes[i].Kill()
	}
	if err := c.dir.remove(); err != nil {
		return fmt.Errorf("removing the work folder: %w", err)
	}
	return nil
}
