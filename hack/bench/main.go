// Command bench measures kubectl-opa and its peers.
package main

import (
	"os"

	"github.com/kubectl-opa/kubectl-opa/hack/bench/internal/command"
)

func main() {
	os.Exit(command.Main(os.Args[1:], os.Stdout, os.Stderr))
}
