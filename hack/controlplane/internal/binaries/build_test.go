package binaries

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// fakeGo puts a go into PATH that, to build, runs a shell script in which $output is the file to write and $all are the
// arguments. go list finds every package in a folder with Gatekeeper's manifest. It returns the file that each run adds a
// line to.
func fakeGo(t *testing.T, script string) (calls string) {
	t.Helper()
	dir := t.TempDir()
	calls = filepath.Join(dir, "calls")
	write(t, filepath.Join(dir, "module", "deploy", "gatekeeper.yaml"), "kind: Namespace\n", 0o444)
	write(t, filepath.Join(dir, "go"), `#!/bin/sh
all="$*"
echo "$all" >>'`+calls+`'
if [ "$1" = list ]; then echo '`+filepath.Join(dir, "module")+`'; exit; fi
while [ "$1" != -o ]; do shift; done
output=$2
`+script, 0o755)
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	return calls
}

func lines(t *testing.T, path string) []string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(content)), "\n")
}

func TestEnsureBuildsOnce(t *testing.T) {
	calls := fakeGo(t, `echo built >"$output" && chmod +x "$output"`)
	root := newRepository(t)
	var group sync.WaitGroup
	for range 3 {
		group.Go(func() {
			store, err := Open(root, "", io.Discard)
			if err != nil {
				t.Error(err)
				return
			}
			paths, err := store.Ensure(t.Context(), Names()...)
			if err != nil {
				t.Error(err)
			}
			for i, path := range paths {
				if !programs[i].isAt(path) {
					t.Errorf("%s is no program", path)
				}
			}
		})
	}
	group.Wait()
	built := lines(t, calls)
	if len(built) != len(programs) {
		t.Fatalf("three stores ran go %d times for %d programs:\n%s", len(built), len(programs), strings.Join(built, "\n"))
	}
	for i, p := range programs {
		verb := "build "
		if p.file != "" {
			verb = "list "
		}
		if !strings.HasPrefix(built[i], verb) || !strings.HasSuffix(built[i], " "+p.pkg) {
			t.Errorf("%s was built by go %s", p.name, built[i])
		}
	}
}

// A program that does not know its version tells clients, or logs, a wrong one.
func TestBuildFlagsTellVersions(t *testing.T) {
	flags := strings.Join(buildFlags(map[string]string{kubernetesModule: "v1.36.0", gatekeeperModule: "v3.23.1"}), " ")
	for _, want := range []string{
		"-X k8s.io/component-base/version.gitVersion=v1.36.0",
		"-X k8s.io/component-base/version.gitMinor=36",
		"-X github.com/open-policy-agent/gatekeeper/v3/pkg/version.Version=v3.23.1",
	} {
		if !strings.Contains(flags, want) {
			t.Errorf("%s lacks %s", flags, want)
		}
	}
}

func TestFilesAreCopied(t *testing.T) {
	fakeGo(t, "exit 1")
	store, err := Open(newRepository(t), "", io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	paths, err := store.Ensure(t.Context(), GatekeeperManifest)
	if err != nil {
		t.Fatal(err)
	}
	if got := lines(t, paths[0]); len(got) != 1 || got[0] != "kind: Namespace" {
		t.Errorf("the manifest is %q", got)
	}
}

func TestEnsureSaysWhatItBuilds(t *testing.T) {
	fakeGo(t, `: >"$output" && chmod +x "$output"`)
	var progress bytes.Buffer
	store, err := Open(newRepository(t), "", &progress)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time there is nothing to build, and to say
		if _, err := store.Ensure(t.Context(), Etcd); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := progress.String(), "building etcd v3.6.1 (about a minute the first time) … done in 0s\n"; got != want {
		t.Errorf("progress is %q, want %q", got, want)
	}
}

func TestFailedBuildLeavesNothing(t *testing.T) {
	fakeGo(t, `echo half >"$output"; chmod +x "$output"; echo "undefined: foo" >&2; exit 1`)
	store, err := Open(newRepository(t), "", io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	_, err = store.Ensure(t.Context(), Etcd)
	if err == nil || !strings.Contains(err.Error(), "building etcd") || !strings.Contains(err.Error(), "undefined: foo") {
		t.Errorf("error %v does not say what failed and why", err)
	}
	if left, err := filepath.Glob(filepath.Join(store.dir, "*")); err != nil || len(left) > 0 {
		t.Errorf("the failed build left %q (%v)", left, err)
	}
	if left, err := filepath.Glob(filepath.Join(store.dir, ".*")); err != nil || len(left) > 0 {
		t.Errorf("the failed build left %q (%v)", left, err)
	}
}

func TestEnsureKnowsItsPrograms(t *testing.T) {
	store, err := Open(newRepository(t), "", io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.Ensure(t.Context(), "kubelet"); err == nil || !strings.Contains(err.Error(), "kubelet") {
		t.Errorf("Ensure(kubelet) = %v, want an error that names it", err)
	}
}
