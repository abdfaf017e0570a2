// Package testcluster gives a test a real Kubernetes control plane: etcd, kube-apiserver and the controllers without which
// namespaces and tokens do not work, on loopback, with nothing in it.
//
// It runs the program that "make controlplane" builds from hack/controlplane. Only tests import it.
package testcluster

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"
)

const (
	// stopTimeout is how long the program may take to stop before it is killed.
	stopTimeout = 30 * time.Second
	// stderrLimit is how much of what the program says is kept for an error.
	stderrLimit = 64 << 10
)

// Options say what a control plane has from the start.
type Options struct {
	// CRDs are folders whose *.yaml files are CustomResourceDefinitions to create. A relative one is relative to the
	// repository's top folder.
	CRDs []string
	// Gatekeeper runs on it.
	Gatekeeper bool
	// Fleet makes it the master of a KKP installation; CRDs are KKP's then. See Clusters.
	Fleet bool
}

// A Cluster is a running control plane.
type Cluster struct {
	Kubeconfig string `json:"kubeconfig"` // path of the kubeconfig of an administrator
	Kubectl    string `json:"kubectl"`    // path of a kubectl of the same version
	Server     string `json:"server"`     // URL
	Version    string `json:"version"`    // v1.36.3

	// Clusters are the control planes of a fleet: master, which is this one and its own seed; seed, another one; and the
	// user clusters first, of master, and second, of seed, with Gatekeeper.
	Clusters map[string]Member `json:"clusters"`

	cmd    *exec.Cmd
	stdin  io.Closer // the program runs until it is closed, by us or by our death
	stderr *tail
	exited chan struct{} // closed after err is set
	err    error
	stop   func() error
}

// A Member is a control plane of a fleet.
type Member struct {
	Kubeconfig string `json:"kubeconfig"`
	Server     string `json:"server"`
	Dir        string `json:"dir"` // with the logs of its programs
}

// Start starts a control plane and returns when it can be used. The context bounds the start only; the caller has to Stop
// the cluster.
func Start(ctx context.Context, options Options) (*Cluster, error) {
	root, err := findRoot(".")
	if err != nil {
		return nil, fmt.Errorf("starting a test cluster: %w", err)
	}
	c, err := start(ctx, root, options)
	if err != nil {
		return nil, fmt.Errorf("starting a test cluster: %w", err)
	}
	return c, nil
}

func start(ctx context.Context, root string, options Options) (*Cluster, error) {
	program := filepath.Join(root, ".cache", "bin", "controlplane")
	if _, err := os.Stat(program); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no %s: run \"make controlplane\"", program)
	}
	c := &Cluster{cmd: exec.Command(program, options.args()...), stderr: &tail{limit: stderrLimit}, exited: make(chan struct{})}
	c.stop = sync.OnceValue(c.stopOnce)
	c.cmd.Dir = root
	c.cmd.Stderr = c.stderr
	stdin, err := c.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	c.stdin = stdin
	stdout, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := c.cmd.Start(); err != nil {
		return nil, err
	}
	line := make(chan []byte, 1)
	go c.wait(stdout, line)
	return c, c.ready(ctx, line)
}

func (o Options) args() []string {
	args := []string{"serve"}
	for _, dir := range o.CRDs {
		args = append(args, "--crds", dir)
	}
	if o.Gatekeeper {
		args = append(args, "--gatekeeper")
	}
	if o.Fleet {
		args = append(args, "--fleet")
	}
	return args
}

// wait passes on the first line that the program prints, which may be empty, and waits for the program's end.
func (c *Cluster) wait(stdout io.Reader, line chan<- []byte) {
	reader := bufio.NewReader(stdout)
	first, _ := reader.ReadBytes('\n') // what went wrong shows when the line is read
	line <- first
	_, _ = io.Copy(io.Discard, reader)
	c.err = c.cmd.Wait()
	close(c.exited)
}

// ready waits for the program's line and reads it. If there is none, the program is stopped.
func (c *Cluster) ready(ctx context.Context, line <-chan []byte) error {
	select {
	case content := <-line:
		err := json.Unmarshal(content, c)
		if err == nil {
			return nil
		}
		if stopErr := c.Stop(); stopErr != nil {
			return stopErr // the reason why there is no line
		}
		return fmt.Errorf("reading the line %q of controlplane: %w", content, err)
	case <-ctx.Done():
		_ = c.Stop() // that it failed after having been stopped adds nothing
		return fmt.Errorf("waiting for controlplane: %w\n%s", context.Cause(ctx), c.stderr)
	}
}

// Stop ends the control plane and everything in it. The error tells, too, if the control plane broke before; it is the same
// however often Stop is called.
func (c *Cluster) Stop() error { return c.stop() }

func (c *Cluster) stopOnce() error {
	_ = c.stdin.Close() // it is closed already if the program has ended
	select {
	case <-c.exited:
	case <-time.After(stopTimeout):
		_ = c.cmd.Process.Kill()
		<-c.exited
	}
	if c.err != nil {
		return fmt.Errorf("running controlplane: %w\n%s", c.err, c.stderr)
	}
	return nil
}
