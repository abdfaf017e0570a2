package cluster

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"k8s.io/client-go/tools/clientcmd"

	"github.com/kubectl-opa/kubectl-opa/hack/controlplane/internal/process"
)

// portAttempts bounds how often another program may take a port between our choosing it and its use.
const portAttempts = 5

// A Server is a component that listens, and cannot choose its ports itself.
type Server struct {
	Name  string // also of its log
	Path  string
	Env   []string // beside what all components have
	Ports int      // how many it needs
	// Args returns the arguments for given ports. It may write what they name.
	Args func(ports []int) ([]string, error)
	// Ready returns when the component can be used.
	Ready func(ctx context.Context, ports []int) error
}

// Serve starts a component that listens and returns when it is ready; from then on its end is the end of the control plane.
// That a port is taken in the meantime is a reason to try others.
func (c *Cluster) Serve(ctx context.Context, s Server) error {
	for attempt := 1; ; attempt++ {
		ports, err := freePorts(s.Ports)
		if err != nil {
			return err
		}
		args, err := s.Args(ports)
		if err != nil {
			return err
		}
		p, err := process.Start(c.Dir, s.Name, s.Path, args, append(environment(), s.Env...))
		if err != nil {
			return err
		}
		err = s.Ready(untilDone(ctx, p), ports)
		if err == nil {
			c.watch(p)
			return nil
		}
		p.Kill()
		// Anywhere: Gatekeeper says more than a screen before it ends.
		if attempt == portAttempts || !process.Says(p.Log(), "address already in use") {
			return withLog(err, p)
		}
	}
}

// run starts a component that listens nowhere else than in the work folder. Its end is the end of the control plane.
func (c *Cluster) run(name, path string, args []string) (*process.Process, error) {
	p, err := process.Start(c.Dir, name, path, args, environment())
	if err == nil {
		c.watch(p)
	}
	return p, err
}

func (c *Cluster) watch(p *process.Process) {
	c.mu.Lock()
	defer c.mu.Unlock()
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

// withLog adds the end of a component's log to the error of having waited too long for it.
func withLog(err error, p *process.Process) error {
	if errors.Is(err, errNotReady) {
		return fmt.Errorf("%w\n%s", err, process.Tail(p.Log()))
	}
	return err
}

// connect writes the kubeconfigs for a server on port and makes a client from the administrator's.
func (c *Cluster) connect(port int) (*http.Client, error) {
	c.Server = fmt.Sprintf("https://%s:%d", Loopback, port)
	admin, err := c.creds.writeKubeconfigs(c.dir, c.Server)
	if err != nil {
		return nil, err
	}
	if c.REST, err = clientcmd.RESTConfigFromKubeConfig(admin); err != nil {
		return nil, fmt.Errorf("reading our own kubeconfig: %w", err)
	}
	c.REST.QPS = -1 // nobody else is kept waiting
	return httpClient(c.REST)
}
