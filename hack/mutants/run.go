package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"sync"
	"time"
)

// outcome is what becomes of a mutation.
type outcome string

const (
	killed   outcome = "killed"
	survived outcome = "SURVIVED"
	// broken is a mistake in mutants.txt: the tests had nothing to notice.
	broken outcome = "DOES NOT COMPILE"
)

// result is an outcome, which test led to it, and how long it took.
type result struct {
	outcome
	by   string
	took time.Duration
}

// runner tries mutations of one module.
type runner struct {
	// root is the module's directory, scratch one for files of our own. Both are
	// absolute.
	root, scratch string
	packages      []string
}

// sound wants the tests to pass without a fault: otherwise they prove nothing.
func (r runner) sound(ctx context.Context) error {
	for _, dir := range r.packages {
		if output, failed, err := r.test(ctx, dir); err != nil || failed {
			return errors.Join(err, fmt.Errorf("the tests of %s fail without any fault:\n%s", dir, output))
		}
	}
	return nil
}

// each tries mutations, some at a time, and tells of each as soon as it is
// known. An error ends it.
func (r runner) each(ctx context.Context, mutations []mutation, parallel int, tell func(mutation, result)) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	next := make(chan mutation)
	var workers sync.WaitGroup
	var telling sync.Mutex
	for range parallel {
		workers.Go(func() {
			for m := range next {
				found, err := r.try(ctx, m)
				if err != nil {
					cancel(err)
					continue
				}
				telling.Lock()
				tell(m, found)
				telling.Unlock()
			}
		})
	}
	for _, m := range mutations {
		if ctx.Err() == nil {
			next <- m
		}
	}
	close(next)
	workers.Wait()
	return context.Cause(ctx)
}

// try runs the tests with one fault, those of its own package first.
func (r runner) try(ctx context.Context, m mutation) (result, error) {
	started := time.Now()
	overlay, err := r.overlay(m)
	if err != nil {
		return result{}, err
	}
	own := path.Dir(m.file)
	others := slices.DeleteFunc(slices.Clone(r.packages), func(dir string) bool { return dir == own })
	for _, dir := range append([]string{own}, others...) {
		output, failed, err := r.test(ctx, dir, "-overlay", overlay)
		if err != nil {
			return result{}, err
		}
		if failed {
			found := verdict(output)
			found.took = time.Since(started)
			return found, nil
		}
	}
	return result{survived, "", time.Since(started)}, nil
}

// overlay writes the file with the fault, and the go command's list of the
// files to read elsewhere. The tree itself is never touched.
func (r runner) overlay(m mutation) (string, error) {
	original := filepath.Join(r.root, m.file)
	text, err := os.ReadFile(original)
	if err != nil {
		return "", err
	}
	mutated, err := m.apply(string(text))
	if err != nil {
		return "", err
	}
	replacement := filepath.Join(r.scratch, m.id+filepath.Ext(m.file))
	list, err := json.Marshal(map[string]any{"Replace": map[string]string{original: replacement}})
	if err != nil {
		return "", err
	}
	overlay := filepath.Join(r.scratch, m.id+".json")
	return overlay, errors.Join(os.WriteFile(replacement, []byte(mutated), 0o600), os.WriteFile(overlay, list, 0o600))
}

// test runs the tests of one package and tells whether they failed. The timeout
// ends what a fault lets run for ever.
func (r runner) test(ctx context.Context, dir string, flags ...string) (output string, failed bool, err error) {
	args := append([]string{"test", "-vet=off", "-count=1", "-failfast", "-timeout=2m"}, flags...)
	command := exec.CommandContext(ctx, "go", append(args, "./"+dir)...)
	command.Dir = r.root
	text, err := command.CombinedOutput()
	if _, exited := errors.AsType[*exec.ExitError](err); exited && ctx.Err() == nil {
		return string(text), true, nil
	}
	return string(text), false, errors.Join(err, ctx.Err())
}

var (
	notBuilt   = regexp.MustCompile(`(?m)^FAIL\t\S+ \[(build|setup) failed\]$`)
	failedTest = regexp.MustCompile(`(?m)^ *--- FAIL: (\S+)`)
)

// verdict reads what go test printed when it failed. The innermost test is
// printed last, below the ones around it.
func verdict(output string) result {
	if notBuilt.MatchString(output) {
		return result{outcome: broken, by: output}
	}
	if names := failedTest.FindAllStringSubmatch(output, -1); len(names) > 0 {
		return result{outcome: killed, by: names[len(names)-1][1]}
	}
	return result{outcome: killed, by: "panic or timeout"}
}
