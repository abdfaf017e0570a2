// Command mutants puts faults into the code, one at a time, and wants the tests to notice each of them.
package main

import (
	"context"
	_ "embed"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"time"
)

//go:embed mutants.txt
var data string

// packages are those whose tests must notice.
var packages = []string{"pkg/policy", "pkg/imagepolicy", "pkg/projection", "pkg/engine/regodriver"}

// The repository and the page with the table, as seen from this module.
const (
	repository = "../.."
	page       = repository + "/docs/testing.md"
)

func main() {
	if err := command(); err != nil {
		fmt.Fprintln(os.Stderr, "mutants:", err)
		os.Exit(1)
	}
}

func command() error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	doc := flag.Bool("doc", false, "write the table of mutations into docs/testing.md, and run nothing")
	only := flag.String("run", "", "run only the mutations whose ID matches this regular expression")
	parallel := flag.Int("parallel", 2, "how many mutations are tried at a time")
	flag.Parse()
	mutations, err := parse(data)
	if err != nil {
		return err
	}
	if *doc {
		return document(page, mutations)
	}
	wanted, err := regexp.Compile(*only)
	if err != nil {
		return fmt.Errorf("reading -run: %w", err)
	}
	mutations = slices.DeleteFunc(mutations, func(m mutation) bool { return !wanted.MatchString(m.id) })
	return tryAll(ctx, mutations, max(*parallel, 1))
}

// tryAll tries mutations, prints what becomes of each, and fails where one is
// not killed.
func tryAll(ctx context.Context, mutations []mutation, parallel int) error {
	started := time.Now()
	root, err := filepath.Abs(repository)
	if err != nil {
		return err
	}
	scratch, err := os.MkdirTemp("", "mutants")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(scratch) }()
	r := runner{root: root, scratch: scratch, packages: packages}
	if err := r.sound(ctx); err != nil {
		return err
	}
	counts := map[outcome]int{}
	err = r.each(ctx, mutations, parallel, func(m mutation, found result) {
		counts[found.outcome]++
		fmt.Printf("%-16s  %-32s  %5.1fs  %s\n", found.outcome, m.id, found.took.Seconds(), found.by)
	})
	fmt.Printf("%d of %d killed in %s\n", counts[killed], len(mutations), time.Since(started).Round(time.Second))
	if err == nil && counts[killed] < len(mutations) {
		err = fmt.Errorf("%d survived, %d do not compile", counts[survived], counts[broken])
	}
	return err
}
