// Command kubectl-opa is a kubectl plugin for Open Policy Agent and Gatekeeper.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := cmd.Main(ctx, cli.NewEnv(), os.Args)
	stop()
	os.Exit(code)
}
