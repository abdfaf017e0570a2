package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// TestCredentialsAreNotShown shows that no -v prints them.
func TestCredentialsAreNotShown(t *testing.T) {
	for level := range 11 {
		t.Run(fmt.Sprint(level), func(t *testing.T) {
			f, dir := newFakeAPI(t), t.TempDir()
			kubeconfig := f.kubeconfig(t, func(_ *clientcmdapi.Cluster, user *clientcmdapi.AuthInfo) {
				user.Exec = execPrinting(t, dir, `{"token": "secret-1"}`, `{"token": "secret-2"}`)
			})
			f.refuse = func(r sent) bool { return r.path == listPath && r.authorization == "Bearer secret-1" }
			code, stdout, stderr := run(t, nil,
				"query", names, "--format", "raw", "--kubeconfig", kubeconfig, "--cache-dir", filepath.Join(dir, "cache"), fmt.Sprintf("-v=%d", level))
			if code != 0 || stdout != "[\"one\"]\n" || strings.Contains(stderr, "secret") {
				t.Errorf("exit code %d\n%s%s", code, stdout, stderr)
			}
			if shown := strings.Count(stderr, listPath); level == 0 && stderr != "" || level > 0 && shown != 2 {
				t.Errorf("want both requests shown from 1 on, and no more, found\n%s", stderr)
			}
		})
	}
}

// TestPolicySeesNoCredentials shows that all that a policy can look at, and
// print, has none of them.
func TestPolicySeesNoCredentials(t *testing.T) {
	f, dir := newFakeAPI(t), t.TempDir()
	issued := f.authority.issue(t, "secret-name")
	kubeconfig := f.kubeconfig(t, func(_ *clientcmdapi.Cluster, user *clientcmdapi.AuthInfo) {
		user.Token, user.Impersonate = "secret-token", "secret-user"
		user.ClientCertificateData, user.ClientKeyData = issued.certificate, issued.key
	})
	policy := file(t, dir, "p.rego", `package p

everything := [data.given, input, r, r.headers] if {
	r := data.kubernetes.api.client.query_all("configmaps")
	print(r, input, data.given)
	print(rego.metadata.chain())
}
`)
	code, stdout, stderr := run(t, []string{"SECRET=secret-variable"}, "query", "data.p.everything", "-d", policy,
		"-d", file(t, dir, "given.json", `{"given": 1}`), "-i", file(t, dir, "input.json", "{}"),
		"--kubeconfig", kubeconfig, "-v=10")
	if code != 0 || !strings.Contains(stdout, `"one"`) || !strings.Contains(stderr, `"one"`) {
		t.Errorf("exit code %d\n%s%s", code, stdout, stderr)
	}
	if strings.Contains(stdout+stderr, "secret") {
		t.Errorf("found a secret:\n%s%s", stdout, stderr)
	}
	if want := (sent{path: listPath, authorization: "Bearer secret-token", user: "secret-user", certificate: "secret-name", server: "api.example.com"}); !cmp.Equal(want, f.lists()[0], cmp.AllowUnexported(sent{})) {
		t.Errorf("want all of them to be sent, found %+v", f.lists())
	}
}
