package review

import (
	"context"
	"fmt"
	"os"
	"slices"

	"github.com/kubectl-opa/kubectl-opa/hack/bench/internal/process"
	"github.com/kubectl-opa/kubectl-opa/hack/bench/internal/program"
)

// The names of peers.
const (
	Plugin = "plugin"
	Gator  = "gator"
)

// Peers are the names of all.
func Peers() []string { return []string{Plugin, Gator} }

// exitFound is the exit code of both programs where something is violated.
const exitFound = 1

// A Peer is a program that tests objects against policies.
type Peer struct {
	Name  string
	About string // how it is called, for the table
	env   []string
	// counted is how it is called when it is measured; compared how it prints its
	// findings as gator does, where it is called otherwise for that.
	counted, compared []string
}

// MakePeer builds a peer, if it is not there yet. Plugin is the path of a
// kubectl-opa, "" to build one; dir is a folder for files.
func MakePeer(ctx context.Context, name, root, dir, plugin string) (p Peer, err error) {
	path := ""
	if name == Plugin {
		path, err = program.Plugin(ctx, root, plugin)
		p = Peer{About: "`kubectl opa test`", counted: []string{path, "test", "-o", "json"}, compared: []string{path, "test", "--as", "gator", "-o", "gator-json"}}
	} else {
		path, err = program.Gator(root)
		p = Peer{About: "`gator test`", counted: []string{path, "test", "-o", "json"}}
	}
	if err != nil {
		return Peer{}, fmt.Errorf("making %s: %w", name, err)
	}
	p.Name = name
	// Nothing of the user's is read, no cluster is asked.
	p.env = append(os.Environ(), "HOME="+dir, "KUBECONFIG=")
	return p, nil
}

// command is a call of the peer with files.
func (p Peer) command(call []string, f files) process.Command {
	return process.Command{Args: append(slices.Clone(call), "-f", f.policies, "-f", f.objects), Env: p.env, Exit: exitFound}
}

// asTable is the call with which findings are printed as they are found.
func (p Peer) asTable() []string { return append(slices.Clone(p.counted[:2]), "-o", "table") }
