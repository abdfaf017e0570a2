// Command controlplane builds a real Kubernetes control plane from source and runs it on loopback, for tests and demos.
package main

import (
	"os"

	"github.com/kubectl-opa/kubectl-opa/hack/controlplane/internal/command"
)

func main() {
	os.Exit(command.Main(os.Args[1:], command.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}))
}
