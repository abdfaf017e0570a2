package query

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery/server"
)

// TestServeFlags reads the flags about bounds and doors.
func TestServeFlags(t *testing.T) {
	from := write(t, "m.yaml", oneObject)
	for name, tc := range map[string]struct {
		args []string
		addr string
		want server.Limits
	}{
		"nothing": {nil, "127.0.0.1:8181", server.DefaultLimits},
		"all": {
			[]string{"--addr", "localhost:0", "--timeout", "5s", "--max-request", "2Ki", "--max-memory", "512Mi"},
			"127.0.0.1:0", server.Limits{Time: 5 * time.Second, Request: 2 << 10, Memory: 512 << 20, Concurrent: server.DefaultLimits.Concurrent},
		},
		"bytes": {[]string{"--max-request", "1e3"}, "127.0.0.1:8181", server.Limits{Time: 30 * time.Second, Request: 1000, Memory: 2 << 30, Concurrent: server.DefaultLimits.Concurrent}},
	} {
		t.Run(name, func(t *testing.T) {
			env, _, _ := newEnv()
			cmd, f := newServe(env), &serveFlags{}
			cmd.ResetFlags()
			f.add(cmd)
			if err := cmd.ParseFlags(append(tc.args, "--from", from)); err != nil {
				t.Fatal(err)
			}
			o, err := f.toOptions(env)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, o.Limits); diff != "" || o.Address.String() != tc.addr || o.AllowWrites || o.Token != nil {
				t.Error(diff, o.Address, o.AllowWrites)
			}
		})
	}
}

const oneObject = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: default}\n"

// write writes a file of the test's own.
func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestServeMisuse starts no server, and says why and what to do.
func TestServeMisuse(t *testing.T) {
	from := write(t, "m.yaml", oneObject)
	open := write(t, "token", "s3cret\n")
	if err := os.Chmod(open, 0o644); err != nil {
		t.Fatal(err)
	}
	policy := func(text string) string { return write(t, "p.rego", text) }
	for name, tc := range map[string]struct {
		args      []string
		err, next string
	}{
		"an argument":    {[]string{"policies"}, "serve takes no arguments, found policies", "see serve --help"},
		"a name":         {[]string{"--addr", "example.com:80"}, `reading --addr: "example.com:80" is no address: its host is neither an IP address nor localhost`, "give an IP address and a port, such as 127.0.0.1:8181; port 0 is any that is free"},
		"others":         {[]string{"--addr", "0.0.0.0:0"}, "others than this machine can reach 0.0.0.0:0: whoever does could read what you may read in the cluster", "give --token FILE, or an --addr such as 127.0.0.1:8181"},
		"an open token":  {[]string{"--token", open}, "reading the token: others can get at " + open + ": its mode is 0644", "chmod 600 " + open},
		"kubectl's":      {[]string{"--token", "eyJhbGciOi"}, "reading the token: there is no file of the name that --token gives", "give a file that has the token; that of the API server comes from the kubeconfig"},
		"half of TLS":    {[]string{"--tls-cert", from}, "--tls-cert and --tls-key need each other", "give both"},
		"no certificate": {[]string{"--tls-cert", from, "--tls-key", from}, "reading --tls-cert and --tls-key: tls: failed to find any PEM data in certificate input", ""},
		"no time":        {[]string{"--timeout", "0s"}, "--timeout 0s leaves no time", "give a duration, such as 30s"},
		"no size":        {[]string{"--max-request", "lots"}, `--max-request "lots" is no size`, "give a number of bytes, such as 512Mi"},
		"nothing":        {[]string{"--max-memory", "0"}, `--max-memory "0" is no size`, "give a number of bytes, such as 512Mi"},
		"less":           {[]string{"--max-memory", "-1Gi"}, `--max-memory "-1Gi" is no size`, "give a number of bytes, such as 512Mi"},
		"everything":     {[]string{"--max-memory", "8Ei"}, `--max-memory "8Ei" is no size`, "give a number of bytes, such as 512Mi"},
		"two sources":    {[]string{"--replay", from}, "--from and --replay exclude each other", "leave one of them out: both answer instead of a cluster"},
		"no policy":      {[]string{"-d", "/no/such/file"}, "loading policies: stat /no/such/file: no such file or directory", ""},
		"older Rego":     {[]string{"-d", policy("package p\n\nx { true }\n")}, "loading policies: ", "this is Rego as it was before OPA 1.0: give --v0-compatible"},
		"http.send":      {[]string{"-d", policy("package p\n\nx := http.send({})\n")}, "http.send is switched off: a policy reaches nothing but the Kubernetes API, by kubernetes.api.client", "kubectl opa query has --allow-net for that; a server has nothing of the kind"},
		"our data":       {[]string{"-d", write(t, "d.json", `{"kubectl_opa": 1}`)}, "loading data: data.kubectl_opa is what kubernetes.api.client asks with", "name it otherwise"},
		"our package":    {[]string{"-d", policy("package kubectl_opa.x\n\ny := 1\n")}, "p.rego:1:1: the package kubectl_opa.x is what kubernetes.api.client asks with", ""},
		"data and rule":  {[]string{"-d", policy("package p\n\nx := 1\n"), "-d", write(t, "d.json", `{"p": {"x": 1}}`)}, "conflicting rule for data path p/x found", ""},
		"little memory":  {[]string{"--max-memory", "1Ki", "--addr", "127.0.0.1:0"}, "--max-memory 1Ki: the program with its policies and data takes ", "give more"},
	} {
		t.Run(name, func(t *testing.T) {
			env, out, _ := newEnv()
			cmd := newServe(env)
			cmd.SilenceErrors, cmd.SilenceUsage = true, true
			cmd.SetArgs(append(tc.args, "--from", from))
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			err := cmd.ExecuteContext(ctx)
			if err == nil || !strings.Contains(err.Error(), tc.err) {
				t.Fatalf("want an error with %s, found %v", tc.err, err)
			}
			if strings.Contains(fmt.Sprint(err, advice.Next(err)), "eyJ") {
				t.Error("the token is in the message")
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

// stopper stops a server when it has said what to try.
type stopper struct {
	io.Writer
	stop func()
}

// Write implements io.Writer.
func (s stopper) Write(text []byte) (int, error) {
	defer func() {
		if strings.HasPrefix(string(text), "try: ") {
			s.stop()
		}
	}()
	return s.Writer.Write(text)
}

// TestServeSays starts a server, and stops it when it has said how to ask it.
func TestServeSays(t *testing.T) {
	env, out, errs := newEnv()
	ctx, cancel := context.WithCancel(t.Context())
	env.Err = stopper{errs, cancel}
	cmd := newServe(env)
	cmd.SetArgs([]string{"--addr", "localhost:0", "--from", write(t, "m.yaml", oneObject)})
	if err := cmd.ExecuteContext(ctx); err != nil || out.Len() > 0 {
		t.Error(err, out)
	}
	want := "serving on http://127.0.0.1:PORT; Ctrl-C stops it\nno policies are loaded; -d loads some\n" +
		`try: curl -s http://127.0.0.1:PORT/v1/query -d '{"query": "x := data.kubernetes.api.client.query_all(\"deployments\").body"}'` + "\nstopped\n"
	if diff := cmp.Diff(want, regexp.MustCompile(`:\d{2,5}\b`).ReplaceAllString(errs.String(), ":PORT")); diff != "" {
		t.Error(diff)
	}
}

// TestServeSaysToOthers is about a server that other machines can reach; none is
// started.
func TestServeSaysToOthers(t *testing.T) {
	env, _, errs := newEnv()
	address, err := server.ParseAddress(":0")
	if err != nil {
		t.Fatal(err)
	}
	f := &serveFlags{door: door{token: "token.txt"}}
	o := ServeOptions{Options: server.Options{Address: address}}
	f.started(env, o, &net.TCPAddr{IP: net.IPv6unspecified, Port: 8181}, []string{"a.rego", "b.rego"})
	want := "warning: the token and all answers can be read on their way: give --tls-cert and --tls-key\n" +
		"serving on http://localhost:8181; Ctrl-C stops it\npolicies: a.rego, b.rego\n" +
		`try: curl -s http://localhost:8181/v1/query -H "Authorization: Bearer $(cat token.txt)" -d '{"query": "x := data.kubernetes.api.client.query_all(\"deployments\").body"}'` + "\n"
	if diff := cmp.Diff(want, errs.String()); diff != "" {
		t.Error(diff)
	}
}
