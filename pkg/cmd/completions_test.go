package cmd_test

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd"
)

var update = flag.Bool("update", false, "write the generated completions to their files")

// TestCompletions generates the completions of every shell, as the archives of
// a release have them.
func TestCompletions(t *testing.T) {
	const dir = "../../completions"
	files := map[string]string{
		"bash":       "kubectl-opa.bash",
		"zsh":        "_kubectl-opa",
		"fish":       "kubectl-opa.fish",
		"powershell": "kubectl-opa.ps1",
	}
	for shell, file := range files {
		t.Run(shell, func(t *testing.T) {
			generated := run(t, "completion", shell)
			path := filepath.Join(dir, file)
			if *update {
				if err := os.WriteFile(path, generated, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			there, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(there, generated) {
				t.Errorf("%s is out of date, run \"make generate\":\n%s", path, cmp.Diff(string(there), string(generated)))
			}
		})
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != len(files) {
		t.Errorf("%s has %d files, and %d shells are known", dir, len(entries), len(files))
	}
}

// run runs a command line that must succeed and say nothing on the side.
func run(t *testing.T, args ...string) []byte {
	t.Helper()
	var stdout, stderr bytes.Buffer
	env := cli.NewEnv()
	env.In, env.Out, env.Err = nil, &stdout, &stderr
	code := cmd.Main(context.Background(), env, append([]string{"kubectl-opa"}, args...))
	if code != cli.ExitClean || stderr.Len() > 0 {
		t.Fatalf("%q: exit code %d\n%s", args, code, &stderr)
	}
	return stdout.Bytes()
}
