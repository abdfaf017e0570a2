package binaries

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// stopGrace is how long an interrupted go build may take to clean up.
const stopGrace = 10 * time.Second

// build builds programs one after the other: they share most of their packages, which go build would otherwise compile
// several times at once. A lock keeps a second process from building the same.
func (s *Store) build(ctx context.Context, missing []program) error {
	if err := os.MkdirAll(s.dir, 0o755); err != nil {
		return fmt.Errorf("building the control plane: %w", err)
	}
	unlock, err := lock(ctx, filepath.Join(filepath.Dir(s.dir), "lock"), func() {
		fmt.Fprintln(s.progress, "waiting for another process that builds the control plane")
	})
	if err != nil {
		return fmt.Errorf("building the control plane: %w", err)
	}
	defer unlock()
	for _, p := range missing {
		// Another process may have built it while this one waited for the lock.
		path, there := s.locate(p)
		if there {
			continue
		}
		if err := s.provide(ctx, p, path); err != nil {
			return err
		}
	}
	return nil
}

// provide builds or copies under a temporary name, so that what an interrupted build left behind is never taken for a program.
func (s *Store) provide(ctx context.Context, p program, path string) error {
	start := time.Now()
	fmt.Fprintf(s.progress, "building %s %s (%s the first time) … ", p.name, s.versions[p.module], p.duration)
	temporary := filepath.Join(s.dir, "."+p.name+".part")
	defer os.Remove(temporary)
	produce := s.buildProgram
	if p.file != "" {
		produce = s.copyFile
	}
	err := produce(ctx, p, temporary)
	if err == nil {
		err = os.Rename(temporary, path)
	}
	if err != nil {
		fmt.Fprintln(s.progress, "failed")
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
		return fmt.Errorf("building %s: %w", p.name, err)
	}
	fmt.Fprintf(s.progress, "done in %.0fs\n", time.Since(start).Seconds())
	return nil
}

func (s *Store) buildProgram(ctx context.Context, p program, output string) error {
	args := append([]string{"build", "-C", s.module}, buildFlags(s.versions)...)
	_, err := s.runGo(ctx, append(args, "-o", output, p.pkg)...)
	return err
}

// copyFile copies from the module cache, which may be gone when the file is needed.
func (s *Store) copyFile(ctx context.Context, p program, output string) error {
	dir, err := s.runGo(ctx, "list", "-C", s.module, "-f", "{{.Dir}}", p.pkg)
	if err != nil {
		return err
	}
	content, err := os.ReadFile(filepath.Join(strings.TrimSpace(dir), filepath.FromSlash(p.file)))
	if err != nil {
		return err
	}
	return os.WriteFile(output, content, 0o644)
}

// runGo runs the go command and returns what it printed.
func (s *Store) runGo(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	// What is built must follow from go.mod and the key alone: no workspace, no C compiler, no other platform.
	cmd.Env = append(os.Environ(), "GOWORK=off", "CGO_ENABLED=0", "GOOS="+runtime.GOOS, "GOARCH="+runtime.GOARCH)
	// go build removes its work folder when it is interrupted, not when it is killed.
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = stopGrace
	var output, failure bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &failure
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%q: %w\n%s", strings.Join(cmd.Args, " "), err, bytes.TrimSpace(failure.Bytes()))
	}
	return output.String(), nil
}
