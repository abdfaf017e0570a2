package command

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/kubectl-opa/kubectl-opa/hack/controlplane/internal/binaries"
)

func build(args []string, streams Streams) error {
	flags := flag.NewFlagSet("build", flag.ContinueOnError)
	printPath := flags.Bool("print-path", false, "")
	names, err := parse(flags, args)
	if err != nil {
		return err
	}
	if len(names) == 0 {
		names = binaries.Names()
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	store, err := openStore(streams)
	if err != nil {
		return err
	}
	paths, err := store.Ensure(ctx, names...)
	if err != nil {
		return err
	}
	if *printPath {
		for _, path := range paths {
			fmt.Fprintln(streams.Out, path)
		}
	}
	return nil
}

// openStore finds the repository from the working folder or, as the Makefile puts this program inside of it, from its own.
func openStore(streams Streams) (*binaries.Store, error) {
	from := []string{"."}
	if path, err := os.Executable(); err == nil {
		from = append(from, filepath.Dir(path))
	}
	for i, dir := range from {
		absolute, err := filepath.Abs(dir)
		if err != nil {
			return nil, fmt.Errorf("finding the repository: %w", err)
		}
		from[i] = absolute
	}
	root, err := binaries.FindRoot(from...)
	if err != nil {
		return nil, err
	}
	return binaries.Open(root, os.Getenv("KUBEBUILDER_ASSETS"), streams.Err)
}
