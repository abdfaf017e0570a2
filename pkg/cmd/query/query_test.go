package query

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"k8s.io/cli-runtime/pkg/genericclioptions"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
)

// newEnv is an environment whose kubeconfig must not be needed.
func newEnv() (env *cli.Env, out, errors *bytes.Buffer) {
	out, errors = &bytes.Buffer{}, &bytes.Buffer{}
	connection := genericclioptions.NewConfigFlags(true)
	nowhere := "/does/not/exist"
	connection.KubeConfig = &nowhere
	return &cli.Env{
		In: strings.NewReader(`{"from": "stdin"}`), Out: out, Err: errors, Connection: connection,
		LookupEnv: func(string) (string, bool) { return "", false },
	}, out, errors
}

func TestParse(t *testing.T) {
	file := filepath.Join(t.TempDir(), "input.yaml")
	if err := os.WriteFile(file, []byte("from: file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	host, err := kubequery.ParseHost("example.com:80")
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		args []string
		want kubequery.Options
	}{
		"plain": {args: []string{"1+1"}, want: kubequery.Options{Expr: "1+1"}},
		"all flags": {
			args: []string{
				"-d", "a.rego", "--data", "b,c", "-b", "d", "--bundle", "e.tar.gz", "-i", file, "--v0-compatible", "data.x",
				"--allow-net", "Example.com:80", "--strict-builtin-errors", "--explain", "fails", "--coverage",
				"--profile-sort", "num_eval,file", "--profile-sort", "line", "--profile-limit", "0",
			},
			want: kubequery.Options{
				Expr: "data.x", Paths: []string{"a.rego", "b,c"}, Bundles: []string{"d", "e.tar.gz"},
				Input: []byte("from: file\n"), V0Compatible: true, StrictBuiltinErrors: true, AllowNet: []kubequery.Host{host},
				Observe: kubequery.Observe{
					Explain: kubequery.ExplainFails, Coverage: true, Profile: true, ProfileSort: []string{"num_eval", "file", "line"},
				},
			},
		},
		"profile":    {args: []string{"--profile", "1"}, want: kubequery.Options{Expr: "1", Observe: kubequery.Observe{Profile: true, ProfileLimit: 10}}},
		"stdin":      {args: []string{"input", "--input", "-"}, want: kubequery.Options{Expr: "input", Input: []byte(`{"from": "stdin"}`)}},
		"after dash": {args: []string{"--", "-1"}, want: kubequery.Options{Expr: "-1"}},
	} {
		t.Run(name, func(t *testing.T) {
			env, _, _ := newEnv()
			cmd := New(env)
			f := &flags{}
			cmd.ResetFlags()
			f.add(cmd)
			if err := cmd.ParseFlags(tc.args); err != nil {
				t.Fatal(err)
			}
			got, err := f.toOptions(env, cmd.Flags().Args())
			if err != nil {
				t.Fatal(err)
			}
			if tc.want.Observe.Explain == "" {
				tc.want.Observe.Explain = kubequery.ExplainOff
			}
			same := []cmp.Option{cmpopts.IgnoreFields(kubequery.Options{}, "Notify", "Redact"), cmp.AllowUnexported(kubequery.Host{})}
			if diff := cmp.Diff(tc.want, got.Options, same...); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestMisuse(t *testing.T) {
	for name, tc := range map[string]struct {
		args      []string
		server    string
		err, next string
	}{
		"no expression":   {err: "no expression is given", next: "see query --help"},
		"two expressions": {args: []string{"1", "2"}, err: "want one expression, found 2 arguments", next: "see query --help"},
		"format":          {args: []string{"1", "--format", "yaml"}, err: `unknown format "yaml"`, next: "choose one of bindings, json, pretty, raw, values"},
		"opa's -f":        {args: []string{"1", "-f", "raw"}, err: "unknown shorthand flag: 'f' in -f", next: "the format is --format here"},
		"opa's -fraw":     {args: []string{"1", "-fraw"}, err: "unknown shorthand flag: 'f' in -fraw", next: "the format is --format here"},
		"opa's -s":        {args: []string{"1"}, server: "schema.json", err: "-s schema.json is a file", next: "leave it out: schemas are not checked here"},
		"opa's -I":        {args: []string{"1", "-I"}, err: "unknown shorthand flag: 'I'", next: "input from standard input is --input - here"},
		"kubectl's -o":    {args: []string{"1", "-o", "json"}, err: "unknown shorthand flag: 'o'", next: "the format is --format here"},
		"unknown flag":    {args: []string{"1", "--nope"}, err: "unknown flag: --nope", next: "see query --help"},
		"explain":         {args: []string{"1", "--explain", "all"}, err: `unknown --explain "all"`, next: "choose one of off, full, notes, fails, debug"},
		"no host":         {args: []string{"1", "--allow-net", "http://x"}, err: `reading --allow-net: "http://x" is a URL`, next: "leave the scheme and the path out"},
		"profile order":   {args: []string{"1", "--profile-sort", "name"}, err: `unknown --profile-sort "name"`, next: "choose among file, line, num_eval, num_gen_expr, num_redo, total_time_ns"},
		"profile limit":   {args: []string{"1", "--profile-limit", "-1"}, err: "--profile-limit -1 is negative", next: "give 0 for all"},
		"both fail":       {args: []string{"1", "--fail", "--fail-defined"}, err: "--fail and --fail-defined exclude each other", next: "give one of the two"},
		"no such bundle":  {args: []string{"1", "-b", "/no/such/dir"}, err: `loading bundles: error reading "/no/such/dir"`},
		"no such input":   {args: []string{"1", "-i", "/no/such/file"}, err: "reading file: open /no/such/file"},
		"no such policy":  {args: []string{"1", "-d", "/no/such/file"}, err: "loading policies: stat /no/such/file"},
	} {
		t.Run(name, func(t *testing.T) {
			env, out, _ := newEnv()
			env.Connection.APIServer = &tc.server
			cmd := New(env)
			cmd.SilenceErrors, cmd.SilenceUsage = true, true
			cmd.SetArgs(append([]string{}, tc.args...))
			err := cmd.ExecuteContext(t.Context())
			if err == nil || !strings.Contains(err.Error(), tc.err) {
				t.Fatalf("want an error with %s, found %v", tc.err, err)
			}
			if diff := cmp.Diff(tc.next, strings.Join(advice.Next(err), "\n")); diff != "" {
				t.Error(diff)
			}
			if out.Len() > 0 {
				t.Errorf("want nothing on stdout, found %s", out)
			}
		})
	}
}

// TestNoClusterNeeded shows that an expression that asks nothing reads no
// kubeconfig, and that one that asks does.
func TestNoClusterNeeded(t *testing.T) {
	env, out, _ := newEnv()
	cmd := New(env)
	cmd.SetArgs([]string{"x := 1 + 1; print(x)", "--format", "bindings"})
	if err := cmd.ExecuteContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("{\n  \"x\": 2\n}\n", out.String()); diff != "" {
		t.Error(diff)
	}
	asked := errors.New("asked")
	cluster := lazy{func() (kubequery.Cluster, error) { return nil, asked }}
	_, err := Options{Options: kubequery.Options{Expr: `data.kubernetes.api.client.query_all("pods")`}, Cluster: cluster}.Run(t.Context())
	if !errors.Is(err, asked) {
		t.Errorf("want the kubeconfig to be asked for, found %v", err)
	}
}

func TestTell(t *testing.T) {
	env, out, errs := newEnv()
	tell(env, kubequery.Printed{Position: manifest.Position{File: "p.rego", Line: 3, Column: 2}, Text: "hello"})
	tell(env, kubequery.Replaced{File: "p.rego"})
	want := "p.rego:3:2: hello\nwarning: p.rego is left out: its package kubernetes.api.client is built in here\n"
	if diff := cmp.Diff(want, errs.String()); diff != "" || out.Len() > 0 {
		t.Error(diff, out)
	}
}
