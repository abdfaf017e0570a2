package peer

import (
	"context"
	"embed"
	"fmt"
	"os"
	"path/filepath"

	"github.com/kubectl-opa/kubectl-opa/hack/bench/internal/controlplane"
	"github.com/kubectl-opa/kubectl-opa/hack/bench/internal/program"
	"github.com/kubectl-opa/kubectl-opa/hack/bench/internal/suite"
)

//go:embed library/client.rego
var library embed.FS

// Options say where programs come from and what they ask.
type Options struct {
	Root       string // folder of the repository
	Dir        string // a folder for files
	Kubeconfig string
	Plugin     string // path of a kubectl-opa; "" to build one
	Access     Access
}

// Make builds a peer, and makes it ready to ask a cluster.
func Make(ctx context.Context, name string, o Options) (Peer, error) {
	var p Peer
	var err error
	switch name {
	case Plugin:
		p, err = o.plugin(ctx)
	case OPA:
		p, err = o.opa(ctx)
	default:
		p, err = o.raw(ctx)
	}
	if err != nil {
		return Peer{}, fmt.Errorf("making %s: %w", name, err)
	}
	p.Name = name
	// Nothing of the user's is read: no kubeconfig, no cache of an earlier run.
	p.env = append(os.Environ(), "HOME="+o.Dir, "KUBECONFIG="+o.Kubeconfig)
	p.env = append(p.env, o.Access.environment()...)
	return p, nil
}

func (o Options) plugin(ctx context.Context) (Peer, error) {
	path, err := program.Plugin(ctx, o.Root, o.Plugin)
	if err != nil {
		return Peer{}, err
	}
	return Peer{About: "`kubectl opa query`", evaluates: true, args: func(b suite.Benchmark) []string {
		return []string{path, "query", suite.Expression, "--data", b.Policy, "--input", b.Input, "--format", "raw"}
	}}, nil
}

func (o Options) opa(ctx context.Context) (Peer, error) {
	path, err := program.OPA(ctx, o.Root)
	if err != nil {
		return Peer{}, err
	}
	text, err := library.ReadFile("library/client.rego")
	if err != nil {
		return Peer{}, err
	}
	client := filepath.Join(o.Dir, "client.rego")
	return Peer{About: "`opa eval`", evaluates: true, args: func(b suite.Benchmark) []string {
		return []string{path, "eval", suite.Expression, "--data", b.Policy, "--data", client, "--input", b.Input, "--format", "raw"}
	}}, os.WriteFile(client, text, 0o600)
}

func (o Options) raw(ctx context.Context) (Peer, error) {
	path, err := controlplane.Kubectl(ctx, o.Root)
	return Peer{About: "`kubectl get --raw`", args: func(suite.Benchmark) []string {
		return []string{path, "get", "--raw", "/api/v1/pods"}
	}}, err
}
