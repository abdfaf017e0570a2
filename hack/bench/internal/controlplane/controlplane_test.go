package controlplane

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// newRoot makes a repository in which controlplane is a shell script.
func newRoot(t *testing.T, script string) string {
	t.Helper()
	root := t.TempDir()
	path := filepath.Join(root, Program)
	err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte("#!/bin/sh\n"+script), 0o755))
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// wait is a script's last line: it ends with its input.
const wait = "\ncat >/dev/null\necho stopped >&2\n"

func TestStartAndStop(t *testing.T) {
	root := newRoot(t, `echo "$@ in $(pwd -P)" >&2; echo '{"kubeconfig": "/k", "server": "https://a"}'; echo noise`+wait)
	var said bytes.Buffer
	c, err := Start(t.Context(), root, &said)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Stop(); err != nil || c.Kubeconfig != "/k" {
		t.Errorf("it has the kubeconfig %s, and stops with %v", c.Kubeconfig, err)
	}
	resolved, err := filepath.EvalSymlinks(root)
	if want := "serve in " + resolved + "\nstopped\n"; err != nil || said.String() != want {
		t.Errorf("want %q, found %q, %v", want, said.String(), err)
	}
}

func TestStartFails(t *testing.T) {
	for script, want := range map[string]string{
		"exit 1":              "starting the control plane: reading what it prints: EOF",
		"echo hello" + wait:   "starting the control plane: reading what it prints: invalid character 'h' looking for beginning of value",
		"exec >&-" + wait:     "starting the control plane: reading what it prints: EOF",
		"printf '{}'; exit 3": "starting the control plane: reading what it prints: EOF",
	} {
		if c, err := Start(t.Context(), newRoot(t, script), &bytes.Buffer{}); err == nil || err.Error() != want {
			t.Errorf("%q: want %s, found %v, %v", script, want, c, err)
		}
	}
	_, err := Start(t.Context(), t.TempDir(), &bytes.Buffer{})
	if err == nil || !strings.HasSuffix(err.Error(), `: run "make controlplane" first`) {
		t.Errorf("without the program: %v", err)
	}
}

func TestStartIsInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Start(ctx, newRoot(t, wait), &bytes.Buffer{}); !errors.Is(err, context.Canceled) {
		t.Errorf("want %v, found %v", context.Canceled, err)
	}
}

func TestStopTellsWhatBroke(t *testing.T) {
	c, err := Start(t.Context(), newRoot(t, "echo '{}'"+wait+"exit 1"), &bytes.Buffer{})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Stop(); err == nil || err.Error() != "stopping the control plane: exit status 1" {
		t.Errorf("it stops with %v", err)
	}
}

func TestKubectl(t *testing.T) {
	path, err := Kubectl(t.Context(), newRoot(t, `test "$*" = "build --print-path kubectl" && echo "/a b/kubectl"`))
	if err != nil || path != "/a b/kubectl" {
		t.Errorf("found %q, %v", path, err)
	}
	if _, err := Kubectl(t.Context(), newRoot(t, "exit 1")); err == nil || !strings.HasPrefix(err.Error(), "finding kubectl: exit status 1") {
		t.Errorf("found %v", err)
	}
}
