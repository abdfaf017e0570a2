package main

import (
	"encoding/base64"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// names is a query that needs discovery and one list.
const names = `[item.metadata.name | some item in data.kubernetes.api.client.query_all("configmaps").items]`

// TestConnections shows that queries reach the server in each way that a
// kubeconfig and kubectl's flags know.
func TestConnections(t *testing.T) {
	for name, tc := range map[string]struct {
		// change makes the kubeconfig; dir is for files that it names.
		change func(t *testing.T, f *fakeAPI, dir string, cluster *clientcmdapi.Cluster, user *clientcmdapi.AuthInfo)
		flags  []string
		want   sent
	}{
		"token": {
			change: func(_ *testing.T, _ *fakeAPI, _ string, _ *clientcmdapi.Cluster, user *clientcmdapi.AuthInfo) {
				user.Token = "t-1"
			},
			want: sent{authorization: "Bearer t-1"},
		},
		"token flag": {flags: []string{"--token", "t-2"}, want: sent{authorization: "Bearer t-2"}},
		"token file": {
			change: func(t *testing.T, _ *fakeAPI, dir string, _ *clientcmdapi.Cluster, user *clientcmdapi.AuthInfo) {
				user.TokenFile = file(t, dir, "token", "t-3\n")
			},
			want: sent{authorization: "Bearer t-3"},
		},
		"name and password": {
			change: func(_ *testing.T, _ *fakeAPI, _ string, _ *clientcmdapi.Cluster, user *clientcmdapi.AuthInfo) {
				user.Username, user.Password = "somebody", "p-1"
			},
			want: sent{authorization: "Basic " + base64.StdEncoding.EncodeToString([]byte("somebody:p-1"))},
		},
		"client certificate": {
			change: func(t *testing.T, f *fakeAPI, _ string, _ *clientcmdapi.Cluster, user *clientcmdapi.AuthInfo) {
				issued := f.authority.issue(t, "somebody")
				user.ClientCertificateData, user.ClientKeyData = issued.certificate, issued.key
			},
			want: sent{certificate: "somebody"},
		},
		"client certificate in files": {
			change: func(t *testing.T, f *fakeAPI, dir string, _ *clientcmdapi.Cluster, user *clientcmdapi.AuthInfo) {
				issued := f.authority.issue(t, "somebody")
				user.ClientCertificate = file(t, dir, "tls.crt", string(issued.certificate))
				user.ClientKey = file(t, dir, "tls.key", string(issued.key))
			},
			want: sent{certificate: "somebody"},
		},
		"exec plugin with a token": {
			change: func(t *testing.T, _ *fakeAPI, dir string, _ *clientcmdapi.Cluster, user *clientcmdapi.AuthInfo) {
				user.Exec = execPrinting(t, dir, `{"token": "t-4"}`)
			},
			want: sent{authorization: "Bearer t-4"},
		},
		"exec plugin with a certificate": {
			change: func(t *testing.T, f *fakeAPI, dir string, _ *clientcmdapi.Cluster, user *clientcmdapi.AuthInfo) {
				issued := f.authority.issue(t, "somebody")
				user.Exec = execPrinting(t, dir, jsonOf(t, map[string]string{
					"clientCertificateData": string(issued.certificate), "clientKeyData": string(issued.key),
				}))
			},
			want: sent{certificate: "somebody"},
		},
		"as a user, by flags": {
			flags: []string{"--as", "other", "--as-group", "a", "--as-group", "b", "--as-uid", "7"},
			want:  sent{user: "other", groups: []string{"a", "b"}, uid: "7"},
		},
		"as a user, by the kubeconfig": {
			change: func(_ *testing.T, _ *fakeAPI, _ string, _ *clientcmdapi.Cluster, user *clientcmdapi.AuthInfo) {
				user.Token, user.Impersonate, user.ImpersonateUID = "t-5", "other", "7"
				user.ImpersonateGroups, user.ImpersonateUserExtra = []string{"a", "b"}, map[string][]string{"reason": {"x", "y"}}
			},
			want: sent{authorization: "Bearer t-5", user: "other", groups: []string{"a", "b"}, uid: "7", extra: []string{"x", "y"}},
		},
		"CA file": {
			change: func(t *testing.T, f *fakeAPI, dir string, cluster *clientcmdapi.Cluster, _ *clientcmdapi.AuthInfo) {
				cluster.CertificateAuthorityData = nil
				cluster.CertificateAuthority = file(t, dir, "ca.crt", string(f.authority.pem))
			},
		},
		"insecure-skip-tls-verify": {
			change: func(_ *testing.T, _ *fakeAPI, _ string, cluster *clientcmdapi.Cluster, _ *clientcmdapi.AuthInfo) {
				cluster.CertificateAuthorityData, cluster.InsecureSkipTLSVerify = nil, true
			},
		},
		"insecure-skip-tls-verify, by a flag": {
			change: func(_ *testing.T, _ *fakeAPI, _ string, cluster *clientcmdapi.Cluster, _ *clientcmdapi.AuthInfo) {
				cluster.CertificateAuthorityData = nil
			},
			flags: []string{"--insecure-skip-tls-verify"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			f, dir := newFakeAPI(t), t.TempDir()
			kubeconfig := f.kubeconfig(t, func(cluster *clientcmdapi.Cluster, user *clientcmdapi.AuthInfo) {
				if tc.change != nil {
					tc.change(t, f, dir, cluster, user)
				}
			})
			code, stdout, stderr := inProcess(t, append([]string{
				"kubectl-opa", "query", names, "--format", "raw", "--kubeconfig", kubeconfig, "--cache-dir", dir,
			}, tc.flags...)...)
			if code != 0 || stdout != "[\"one\"]\n" || stderr != "" {
				t.Fatalf("exit code %d\n%s%s", code, stdout, stderr)
			}
			tc.want.path, tc.want.server = listPath, "api.example.com"
			if diff := cmp.Diff([]sent{tc.want}, f.lists(), cmp.AllowUnexported(sent{}), cmpopts.EquateEmpty()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestRefusedConnections shows that who cannot connect hears why and what to
// do, and that no credentials are shown.
func TestRefusedConnections(t *testing.T) {
	never := func(f *fakeAPI) { f.refuse = func(sent) bool { return true } }
	for name, tc := range map[string]struct {
		api    func(*fakeAPI)
		change func(t *testing.T, f *fakeAPI, dir string, cluster *clientcmdapi.Cluster, user *clientcmdapi.AuthInfo)
		// want is the error. SERVER and DIR in it stand for the address and the folder.
		want string
	}{
		"invalid token": {
			api: never,
			change: func(_ *testing.T, _ *fakeAPI, _ string, _ *clientcmdapi.Cluster, user *clientcmdapi.AuthInfo) {
				user.Token = "secret-token"
			},
			want: `asking which resources are served: SERVER does not accept these credentials: the server has asked for the client to provide credentials
  → log in again, or choose another identity with --context or --kubeconfig`,
		},
		"wrong CA": {
			change: func(t *testing.T, _ *fakeAPI, _ string, cluster *clientcmdapi.Cluster, user *clientcmdapi.AuthInfo) {
				cluster.CertificateAuthorityData, user.Token = newAuthority(t).pem, "secret-token"
			},
			want: `asking which resources are served: cannot trust the server SERVER: x509: certificate signed by unknown authority (possibly because of "x509: ECDSA verification failure" while trying to verify candidate authority certificate "an authority")
  → check certificate-authority of the cluster in the kubeconfig, or --certificate-authority: it did not sign this server's certificate`,
		},
		"another name": {
			change: func(_ *testing.T, _ *fakeAPI, _ string, cluster *clientcmdapi.Cluster, _ *clientcmdapi.AuthInfo) {
				cluster.TLSServerName = "other.example.com"
			},
			want: `asking which resources are served: cannot trust the server SERVER: x509: certificate is valid for api.example.com, not other.example.com
  → check the address of the cluster in the kubeconfig; where the certificate has another name, set tls-server-name`,
		},
		"no such CA file": {
			change: func(_ *testing.T, _ *fakeAPI, dir string, cluster *clientcmdapi.Cluster, _ *clientcmdapi.AuthInfo) {
				cluster.CertificateAuthorityData, cluster.CertificateAuthority = nil, filepath.Join(dir, "no.crt")
			},
			want: `reading the kubeconfig: invalid configuration: unable to read certificate-authority DIR/no.crt for c due to open DIR/no.crt: no such file or directory
  → check --kubeconfig, KUBECONFIG and --context; kubectl config get-contexts lists what is there`,
		},
		"no such token file": {
			change: func(_ *testing.T, _ *fakeAPI, dir string, _ *clientcmdapi.Cluster, user *clientcmdapi.AuthInfo) {
				user.TokenFile = filepath.Join(dir, "no-token")
			},
			want: `reading the kubeconfig: open DIR/no-token: no such file or directory
  → check --kubeconfig, KUBECONFIG and --context; kubectl config get-contexts lists what is there`,
		},
		"exec plugin that is missing": {
			change: func(_ *testing.T, _ *fakeAPI, dir string, _ *clientcmdapi.Cluster, user *clientcmdapi.AuthInfo) {
				user.Exec = execProgram(filepath.Join(dir, "missing"))
			},
			want: `asking which resources are served: getting credentials with the program "DIR/missing" of the kubeconfig: it is not found
  → install it, or correct its path in the kubeconfig`,
		},
		"exec plugin that is not in PATH": {
			change: func(_ *testing.T, _ *fakeAPI, _ string, _ *clientcmdapi.Cluster, user *clientcmdapi.AuthInfo) {
				user.Exec = execProgram("no-such-plugin")
				user.Exec.InstallHint = "get it from example.com"
			},
			want: `asking which resources are served: getting credentials with the program "no-such-plugin" of the kubeconfig: it is not found
  → get it from example.com`,
		},
		"exec plugin that fails": {
			change: func(t *testing.T, _ *fakeAPI, dir string, _ *clientcmdapi.Cluster, user *clientcmdapi.AuthInfo) {
				user.Exec = execProgram(shellScript(t, dir, "echo secret-token; exit 3"))
			},
			want: `asking which resources are served: getting credentials with the program "DIR/plugin" of the kubeconfig: executable DIR/plugin failed with exit code 3
  → run "DIR/plugin" yourself to see why, or choose another identity with --context or --kubeconfig`,
		},
		"exec plugin that prints garbage": {
			change: func(t *testing.T, _ *fakeAPI, dir string, _ *clientcmdapi.Cluster, user *clientcmdapi.AuthInfo) {
				user.Exec = execProgram(shellScript(t, dir, "echo secret-token"))
			},
			want: `asking which resources are served: getting credentials with the program "DIR/plugin" of the kubeconfig: what it prints is no ExecCredential
  → run "DIR/plugin" yourself to see why, or choose another identity with --context or --kubeconfig`,
		},
		"exec plugin that has none": {
			change: func(t *testing.T, _ *fakeAPI, dir string, _ *clientcmdapi.Cluster, user *clientcmdapi.AuthInfo) {
				user.Exec = execPrinting(t, dir, `{}`)
			},
			want: `asking which resources are served: getting credentials with the program "DIR/plugin" of the kubeconfig: exec plugin didn't return a token or cert/key pair
  → run "DIR/plugin" yourself to see why, or choose another identity with --context or --kubeconfig`,
		},
		"exec plugin whose token is refused": {
			api: never,
			change: func(t *testing.T, _ *fakeAPI, dir string, _ *clientcmdapi.Cluster, user *clientcmdapi.AuthInfo) {
				user.Exec = execPrinting(t, dir, `{"token": "secret-token"}`)
			},
			want: `asking which resources are served: SERVER does not accept these credentials: the server has asked for the client to provide credentials
  → log in again, or choose another identity with --context or --kubeconfig`,
		},
		"redirect to another server": {
			api: func(f *fakeAPI) { f.moved = "https://other.example.com" },
			change: func(_ *testing.T, _ *fakeAPI, _ string, _ *clientcmdapi.Cluster, user *clientcmdapi.AuthInfo) {
				user.Token = "secret-token"
			},
			want: `asking which resources are served: cannot reach the server SERVER: the server sends us on to https://other.example.com:443, which gets no credentials
  → check that the cluster runs and that --context and --kubeconfig name the right one`,
		},
		"proxy that is not there": {
			change: func(_ *testing.T, _ *fakeAPI, _ string, cluster *clientcmdapi.Cluster, user *clientcmdapi.AuthInfo) {
				cluster.ProxyURL, user.Token = "http://somebody:secret-password@127.0.0.1:1", "secret-token"
			},
			want: `asking which resources are served: cannot reach the proxy on the way to the server SERVER: connection refused
  → check proxy-url of the cluster in the kubeconfig, else HTTPS_PROXY and NO_PROXY`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			f, dir := newFakeAPI(t), t.TempDir()
			if tc.api != nil {
				tc.api(f)
			}
			kubeconfig := f.kubeconfig(t, func(cluster *clientcmdapi.Cluster, user *clientcmdapi.AuthInfo) {
				tc.change(t, f, dir, cluster, user)
			})
			code, stdout, stderr := inProcess(t,
				"kubectl-opa", "query", names, "--kubeconfig", kubeconfig, "--cache-dir", filepath.Join(dir, "cache"))
			want := strings.NewReplacer("SERVER", f.URL, "DIR", dir).Replace("error: expression:1:36: calling query_all: " + tc.want + "\n")
			if diff := cmp.Diff(want, stderr); diff != "" || code != 2 || stdout != "" {
				t.Errorf("exit code %d, %s\n%s", code, stdout, diff)
			}
			if strings.Contains(stderr, "secret") || len(f.lists()) > 0 {
				t.Errorf("want nothing shown or asked, found %q", f.lists())
			}
		})
	}
}
