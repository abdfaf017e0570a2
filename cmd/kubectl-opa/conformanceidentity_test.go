package main

import (
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/pkg/testcluster"
)

const (
	// administrator is who asks where a case does not say it.
	administrator = serviceAccount + "conform-deployed:administrator"
	// serviceAccount begins the names of ServiceAccounts as RBAC knows them.
	serviceAccount = "system:serviceaccount:"
)

// deployments are the OPAs of one cluster, one for each who asks.
type deployments struct {
	cluster *testcluster.Cluster
	cache   string
	// whole is the test that they run until the end of.
	whole *testing.T
	opas  map[string]*deployedOPA
}

func newDeployments(t *testing.T, cluster *testcluster.Cluster, cache string) *deployments {
	return &deployments{cluster: cluster, cache: cache, whole: t, opas: map[string]*deployedOPA{}}
}

// as is the OPA of a ServiceAccount, which is started when it is first needed.
func (d *deployments) as(t *testing.T, name string) *deployedOPA {
	t.Helper()
	if name == "" {
		name = administrator
	}
	if d.opas[name] == nil {
		if name == administrator {
			d.createAdministrator(t)
		}
		d.opas[name] = d.start(t, name)
	}
	return d.opas[name]
}

// start has query setup give the Deployment of an OPA what it needs, and runs
// that. The rights of the ServiceAccount are those that it has.
func (d *deployments) start(t *testing.T, name string) *deployedOPA {
	t.Helper()
	namespace, account, ok := strings.Cut(strings.TrimPrefix(name, serviceAccount), ":")
	if !ok {
		t.Fatalf("%s is no ServiceAccount", name)
	}
	k := newKubelet(t, d.cluster)
	deployment := opaDeployment(namespace, account)
	if _, err := k.client.AppsV1().Deployments(namespace).Create(t.Context(), deployment, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	code, stdout, stderr := inProcess(t, "kubectl-opa", "query", "setup", "--kubeconfig", d.cluster.Kubeconfig, "--cache-dir", d.cache,
		"-n", namespace, "--name", account, "--apply", "--deployment", account)
	if code != 0 {
		t.Fatalf("exit code %d\n%s%s", code, stdout, stderr)
	}
	return k.run(t, d.whole, namespace, account)
}

// createAdministrator gives a ServiceAccount that will be there every right.
func (d *deployments) createAdministrator(t *testing.T) {
	t.Helper()
	namespace, account, _ := strings.Cut(strings.TrimPrefix(administrator, serviceAccount), ":")
	c := newCreator(t, d.cluster)
	for _, object := range []map[string]any{
		{"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": namespace}},
		{
			"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": map[string]any{"name": "conform-deployed"},
			"roleRef":  map[string]any{"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
			"subjects": []any{map[string]any{"kind": "ServiceAccount", "name": account, "namespace": namespace}},
		},
	} {
		if err := c.create(t.Context(), &unstructured.Unstructured{Object: object}); err != nil {
			t.Fatal(err)
		}
	}
}
