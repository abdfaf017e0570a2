package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd"
	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery/conformance"
)

// conformanceEngines are the engines of this binary.
var conformanceEngines = map[string]func(*testing.T, *conformanceRun) conformance.Outcome{
	conformance.Live: func(t *testing.T, r *conformanceRun) conformance.Outcome {
		return r.query(t, r.live(t)...)
	},
	conformance.From: func(t *testing.T, r *conformanceRun) conformance.Outcome {
		return r.query(t, append(r.nowhere(), "--from", r.manifests)...)
	},
	conformance.Served: func(t *testing.T, r *conformanceRun) conformance.Outcome { return r.served(t) },
	conformance.Replay: func(t *testing.T, r *conformanceRun) conformance.Outcome {
		cassette := filepath.Join(r.folder, "cassette")
		if problem := r.Judge(r.query(t, append(r.live(t), "--record", cassette)...)); problem != "" {
			t.Errorf("while it is recorded: %s", problem)
		}
		return r.query(t, append(r.nowhere(), "--replay", cassette)...)
	},
	conformance.Deployed: func(t *testing.T, r *conformanceRun) conformance.Outcome {
		outcome := r.deployed.as(t, r.As).evaluate(t, r.Case)
		outcome.Warning = r.Warning // a deployed OPA cannot say it
		return outcome
	},
}

// conformanceRun is one case with what the engines need for it.
type conformanceRun struct {
	conformance.Case
	// kubeconfig is an administrator's; cache is for what discovery found.
	kubeconfig, cache string
	// manifests is a file with the objects of the case.
	manifests string
	// folder is the case's own.
	folder string
	// deployed are OPAs with the client in plain Rego.
	deployed *deployments
}

// write puts policy and input into the folder.
func (r *conformanceRun) write(t *testing.T) {
	t.Helper()
	if err := os.MkdirAll(r.folder, 0o755); err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{"policy.rego": []byte(r.Module())}
	if len(r.Input) > 0 {
		files["input.json"] = r.Input
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(r.folder, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// live are the flags that lead to the API server, as the one who asks.
func (r *conformanceRun) live(t *testing.T) []string {
	t.Helper()
	kubeconfig := r.kubeconfig
	if r.Expires != "" {
		kubeconfig = expiring(t, kubeconfig, r.Expires)
	}
	flags := []string{"--kubeconfig", kubeconfig, "--cache-dir", r.cache}
	if r.As != "" {
		flags = append(flags, "--as", r.As)
	}
	return flags
}

// nowhere are flags that lead to no server.
func (r *conformanceRun) nowhere() []string {
	return []string{"--kubeconfig", filepath.Join(r.folder, "no-kubeconfig")}
}

// query evaluates the case with the command. The flags say what it asks.
func (r *conformanceRun) query(t *testing.T, flags ...string) conformance.Outcome {
	t.Helper()
	args := append([]string{"kubectl-opa", "query", conformance.Query, "-d", filepath.Join(r.folder, "policy.rego")}, flags...)
	if len(r.Input) > 0 {
		args = append(args, "-i", filepath.Join(r.folder, "input.json"))
	}
	code, stdout, stderr := inProcess(t, args...)
	outcome := conformance.Outcome{Warning: stderr}
	if code != 0 {
		at := strings.LastIndex("\n"+stderr, "\nerror: ")
		if at < 0 || stdout != "" {
			t.Fatalf("exit code %d, with stdout %q and stderr %q", code, stdout, stderr)
		}
		outcome.Warning, outcome.Error = stderr[:at], stderr[at:]
		return outcome
	}
	var result struct {
		Result []struct {
			Expressions []struct{ Value json.RawMessage }
		}
	}
	if err := json.Unmarshal([]byte(stdout), &result); err != nil {
		t.Fatalf("reading %q: %v", stdout, err)
	}
	if len(result.Result) > 0 {
		outcome.Value = result.Result[0].Expressions[0].Value
	}
	return outcome
}

// inProcess runs a command line as main does, in this process: it is what
// many short runs have time for.
func inProcess(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	env := cli.NewEnv()
	env.In, env.Out, env.Err = strings.NewReader(""), &out, &errs
	code = cmd.Main(t.Context(), env, args)
	return code, out.String(), errs.String()
}
