package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// twice is a query of two lists.
const twice = `[count(r.items) | some r in [data.kubernetes.api.client.query_all("configmaps"), data.kubernetes.api.client.query_ns("configmaps", "x")]]`

// TestRenewedCredentials shows that a run goes on when what an exec plugin has
// given expires in the middle of it, and that nothing is tried for ever.
func TestRenewedCredentials(t *testing.T) {
	const (
		refused = `error: expression:1:30: calling query_all: asking to list configmaps: the server answers "401 Unauthorized": Unauthorized
  → log in again, or choose another identity with --context or --kubeconfig
`
		first, second = "Bearer secret-1", "Bearer secret-2"
	)
	// from refuses a token from some request on.
	from := func(token string, begins func(sent) bool) func(sent) bool {
		begun := false
		return func(r sent) bool {
			begun = begun || begins(r)
			return begun && r.authorization == token
		}
	}
	for name, tc := range map[string]struct {
		status []string
		refuse func(sent) bool
		err    string
		// lists are the tokens that lists were asked for with, and runs those of the plugin.
		lists []string
		runs  int
	}{
		"the plugin says when": {
			status: []string{`{"token": "secret-1", "expirationTimestamp": "2001-01-01T00:00:00Z"}`, `{"token": "secret-2", "expirationTimestamp": "2999-01-01T00:00:00Z"}`},
			refuse: from(first, func(r sent) bool { return strings.Contains(r.path, "/configmaps") }),
			lists:  []string{second, second}, runs: 2,
		},
		"the server says so, before the first list": {
			status: []string{`{"token": "secret-1"}`, `{"token": "secret-2"}`},
			refuse: from(first, func(r sent) bool { return r.path == listPath }),
			lists:  []string{first, second, second}, runs: 2,
		},
		"the server says so, between two lists": {
			status: []string{`{"token": "secret-1"}`, `{"token": "secret-2"}`},
			refuse: from(first, func(r sent) bool { return strings.Contains(r.path, "/namespaces/x/") }),
			lists:  []string{first, first, second}, runs: 2,
		},
		"the server says so, when it is asked what it serves": {
			status: []string{`{"token": "secret-1"}`, `{"token": "secret-2"}`},
			refuse: from(first, func(sent) bool { return true }),
			lists:  []string{second, second}, runs: 2,
		},
		"the new one is refused as well": {
			status: []string{`{"token": "secret-1"}`, `{"token": "secret-2"}`},
			refuse: func(r sent) bool { return r.path == listPath },
			err:    refused, lists: []string{first, second}, runs: 3,
		},
	} {
		t.Run(name, func(t *testing.T) {
			f, dir := newFakeAPI(t), t.TempDir()
			f.refuse = tc.refuse
			kubeconfig := f.kubeconfig(t, func(_ *clientcmdapi.Cluster, user *clientcmdapi.AuthInfo) {
				user.Exec = execPrinting(t, dir, tc.status...)
			})
			code, stdout, stderr := inProcess(t,
				"kubectl-opa", "query", twice, "--format", "raw", "--kubeconfig", kubeconfig, "--cache-dir", filepath.Join(dir, "cache"))
			if diff := cmp.Diff(tc.err, stderr); diff != "" {
				t.Error(diff)
			}
			if tc.err == "" && (code != 0 || stdout != "[1,0]\n") || tc.err != "" && (code != 2 || stdout != "") {
				t.Errorf("exit code %d\n%s", code, stdout)
			}
			lists := []string{}
			for _, list := range f.lists() {
				lists = append(lists, list.authorization)
			}
			if diff := cmp.Diff(tc.lists, lists); diff != "" {
				t.Error(diff)
			}
			if got := runs(t, dir); got != tc.runs {
				t.Errorf("want the plugin to run %d times, found %d", tc.runs, got)
			}
		})
	}
}

// TestRenewedCertificate is the same for a plugin that gives certificates.
func TestRenewedCertificate(t *testing.T) {
	f, dir := newFakeAPI(t), t.TempDir()
	f.refuse = func(r sent) bool { return r.path == listPath && r.certificate == "first" }
	status := []string{}
	for _, user := range []string{"first", "second"} {
		issued := f.authority.issue(t, user)
		status = append(status, jsonOf(t, map[string]string{
			"clientCertificateData": string(issued.certificate), "clientKeyData": string(issued.key),
		}))
	}
	kubeconfig := f.kubeconfig(t, func(_ *clientcmdapi.Cluster, user *clientcmdapi.AuthInfo) {
		user.Exec = execPrinting(t, dir, status...)
	})
	code, stdout, stderr := inProcess(t,
		"kubectl-opa", "query", twice, "--format", "raw", "--kubeconfig", kubeconfig, "--cache-dir", filepath.Join(dir, "cache"))
	if code != 0 || stdout != "[1,0]\n" || stderr != "" {
		t.Fatalf("exit code %d\n%s%s", code, stdout, stderr)
	}
	users := []string{}
	for _, list := range f.lists() {
		users = append(users, list.certificate)
	}
	if diff := cmp.Diff([]string{"first", "second", "second"}, users); diff != "" {
		t.Error(diff)
	}
}

// TestNoRenewalWithoutPlugin shows that a token of the kubeconfig is tried once.
func TestNoRenewalWithoutPlugin(t *testing.T) {
	f := newFakeAPI(t)
	f.refuse = func(r sent) bool { return r.path == listPath }
	kubeconfig := f.kubeconfig(t, func(_ *clientcmdapi.Cluster, user *clientcmdapi.AuthInfo) { user.Token = "secret-1" })
	code, stdout, stderr := inProcess(t, "kubectl-opa", "query", names, "--kubeconfig", kubeconfig, "--cache-dir", t.TempDir())
	if code != 2 || stdout != "" || !strings.Contains(stderr, `the server answers "401 Unauthorized"`) || len(f.lists()) != 1 {
		t.Errorf("exit code %d\n%s%s%q", code, stdout, stderr, f.lists())
	}
}
