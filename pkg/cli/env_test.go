package cli

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"
	"k8s.io/cli-runtime/pkg/genericclioptions"

	"github.com/kubectl-opa/kubectl-opa/pkg/kube"
)

// process is a process of a test: no terminal, and the variables that are given.
func process(variables map[string]string) (env *Env, out, errs *bytes.Buffer) {
	out, errs = &bytes.Buffer{}, &bytes.Buffer{}
	return &Env{
		In: strings.NewReader(""), Out: out, Err: errs, Now: time.Now, Colour: "auto",
		LookupEnv:  func(name string) (string, bool) { value, found := variables[name]; return value, found },
		Connection: genericclioptions.NewConfigFlags(false),
	}, out, errs
}

// failing is an output that takes nothing: a pipe that was closed.
type failing struct{}

var errClosed = errors.New("closed")

func (failing) Write([]byte) (int, error) { return 0, errClosed }

// text is an error's text; a nil error has none.
func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestColour(t *testing.T) {
	for name, tc := range map[string]struct {
		flag      string
		variables map[string]string
		// pipe and terminal tell whether there is colour on each.
		pipe, terminal bool
	}{
		"by itself":             {"auto", nil, false, true},
		"NO_COLOR":              {"auto", map[string]string{"NO_COLOR": "1"}, false, false},
		"an empty NO_COLOR":     {"auto", map[string]string{"NO_COLOR": ""}, false, true},
		"a dumb terminal":       {"auto", map[string]string{"TERM": "dumb"}, false, false},
		"another terminal":      {"auto", map[string]string{"TERM": "xterm"}, false, true},
		"always":                {"always", nil, true, true},
		"always beats NO_COLOR": {"always", map[string]string{"NO_COLOR": "1", "TERM": "dumb"}, true, true},
		"never":                 {"never", nil, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			env, _, _ := process(tc.variables)
			env.Colour = tc.flag
			if pipe, terminal := env.colour(false), env.colour(true); pipe != tc.pipe || terminal != tc.terminal {
				t.Errorf("in a pipe %v, on a terminal %v", pipe, terminal)
			}
		})
	}
}

// TestWarn shows that the theme of stderr is used, and that a file is no
// terminal.
func TestWarn(t *testing.T) {
	for colour, want := range map[string]string{
		"auto":   "warning: beware\n  of this\n",
		"always": "\x1b[33mwarning:\x1b[0m beware\n  of this\n",
	} {
		file, err := os.Create(filepath.Join(t.TempDir(), "errs"))
		if err != nil {
			t.Fatal(err)
		}
		env, _, _ := process(nil)
		env.Err, env.Colour = file, colour
		env.Warn("beware\nof this")
		got, err := os.ReadFile(file.Name())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, string(got)); diff != "" {
			t.Errorf("%s: %s", colour, diff)
		}
		if env.ErrTheme().Width != 0 || env.OutTheme().Width != 0 {
			t.Errorf("widths of what is no terminal: %d, %d", env.ErrTheme().Width, env.OutTheme().Width)
		}
	}
}

func TestFlagsOfEveryCommand(t *testing.T) {
	env, _, _ := process(nil)
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	env.AddFlags(flags)
	if env.Colour != "auto" || env.Verbosity != 0 || env.GivenNamespace() != "" {
		t.Errorf("without flags: %q, %d, %q", env.Colour, env.Verbosity, env.GivenNamespace())
	}
	if err := flags.Parse([]string{"--color=never", "-v1", "-n", "kubermatic"}); err != nil {
		t.Fatal(err)
	}
	if env.Colour != "never" || env.Verbosity != 1 || env.GivenNamespace() != "kubermatic" {
		t.Errorf("with flags: %q, %d, %q", env.Colour, env.Verbosity, env.GivenNamespace())
	}
}

// TestNoKubeconfig wants kubectl's last resort refused, and only that.
func TestNoKubeconfig(t *testing.T) {
	full := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(full, []byte(kubeconfig), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		file, server string
		want         string
	}{
		"nothing":  {os.DevNull, "", ""},
		"a file":   {full, "", "https://one.example.com"},
		"--server": {os.DevNull, "https://other.example.com", "https://other.example.com"},
		"both":     {full, "https://other.example.com", "https://other.example.com"},
	} {
		t.Run(name, func(t *testing.T) {
			env, _, _ := process(nil)
			*env.Connection.KubeConfig, *env.Connection.APIServer = tc.file, tc.server
			client, err := env.newClient()
			switch {
			case tc.want == "" && !errors.Is(err, kube.ErrNoKubeconfig):
				t.Errorf("found %v", err)
			case tc.want != "" && (err != nil || client.Server() != tc.want):
				t.Errorf("found %v, %v", client, err)
			}
		})
	}
	// In a Pod there is an API server without a kubeconfig.
	env, _, _ := process(map[string]string{"KUBERNETES_SERVICE_HOST": "10.0.0.1"})
	*env.Connection.KubeConfig = os.DevNull
	if _, err := env.newClient(); errors.Is(err, kube.ErrNoKubeconfig) {
		t.Errorf("in a Pod: %v", err)
	}
}

// kubeconfig has two of everything.
const kubeconfig = `
apiVersion: v1
kind: Config
current-context: one
contexts: [{name: one, context: {cluster: c1, user: u1}}, {name: other, context: {cluster: c2, user: u2}}]
clusters: [{name: c1, cluster: {server: "https://one.example.com"}}, {name: c2, cluster: {server: "https://two.example.com"}}]
users: [{name: u1, user: {token: t1}}, {name: u2, user: {token: t2}}]
`
