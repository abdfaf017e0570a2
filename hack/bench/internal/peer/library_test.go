package peer

import (
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	authenticationv1 "k8s.io/api/authentication/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/client-go/rest"
	clienttesting "k8s.io/client-go/testing"
)

// newServer answers every request with what was asked, and by whom.
func newServer(t *testing.T) *httptest.Server {
	t.Helper()
	server := httptest.NewTLSServer(http.HandlerFunc(func(out http.ResponseWriter, request *http.Request) {
		out.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(out, `{"asked": "%s %s", "by": %q}`, request.Method, request.URL, request.Header.Get("Authorization"))
	}))
	t.Cleanup(server.Close)
	return server
}

// newAccess is access to a server, with a token that is no secret.
func newAccess(t *testing.T, server *httptest.Server) Access {
	t.Helper()
	client := fake.NewClientset()
	client.PrependReactor("create", "serviceaccounts", func(action clienttesting.Action) (bool, runtime.Object, error) {
		return action.GetSubresource() == "token", &authenticationv1.TokenRequest{Status: authenticationv1.TokenRequestStatus{Token: "open"}}, nil
	})
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	config := &rest.Config{Host: server.URL, TLSClientConfig: rest.TLSClientConfig{CAData: ca}}
	var access Access
	for range 2 { // the second time the account is there
		var err error
		if access, err = NewAccess(t.Context(), client, config, t.TempDir()); err != nil {
			t.Fatal(err)
		}
	}
	binding, err := client.RbacV1().ClusterRoleBindings().Get(t.Context(), "bench", metav1.GetOptions{})
	want := []rbacv1.Subject{{Kind: "ServiceAccount", Name: "bench", Namespace: "default"}}
	if err != nil || !cmp.Equal(want, binding.Subjects) || binding.RoleRef.Name != "cluster-admin" {
		t.Errorf("the binding is %+v, %v", binding, err)
	}
	return access
}

// TestLibrary wants the library to ask the server that Access is for.
func TestLibrary(t *testing.T) {
	access := newAccess(t, newServer(t))
	text, err := library.ReadFile("library/client.rego")
	if err != nil {
		t.Fatal(err)
	}
	for call, want := range map[string]string{
		`query_all("pods")`:                  "GET /api/v1/pods",
		`query_name_ns("pods", "a", "ns-b")`: "GET /api/v1/namespaces/ns-b/pods/a",
	} {
		results, err := rego.New(rego.Query("data.kubernetes.api.client."+call+".body"),
			rego.Module("client.rego", string(text)), rego.Runtime(runtimeOf(access))).Eval(t.Context())
		if err != nil || len(results) != 1 {
			t.Fatalf("%s: found %v, %v", call, results, err)
		}
		if diff := cmp.Diff(map[string]any{"asked": want, "by": "Bearer open"}, results[0].Expressions[0].Value); diff != "" {
			t.Error(diff)
		}
	}
}

// runtimeOf is what opa.runtime() gives in the environment of a peer.
func runtimeOf(access Access) *ast.Term {
	environment := ast.NewObject()
	for _, variable := range access.environment() {
		name, value, _ := strings.Cut(variable, "=")
		environment.Insert(ast.StringTerm(name), ast.StringTerm(value))
	}
	return ast.ObjectTerm(ast.Item(ast.StringTerm("env"), ast.NewTerm(environment)))
}
