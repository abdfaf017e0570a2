package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/client-go/kubernetes"

	"github.com/kubectl-opa/kubectl-opa/pkg/kube"
	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery/deployed"
	"github.com/kubectl-opa/kubectl-opa/pkg/testcluster"
)

const (
	// administrator is who asks where a case does not say it.
	administrator = serviceAccount + "conform-deployed:administrator"
	// serviceAccount begins the names of ServiceAccounts as RBAC knows them.
	serviceAccount = "system:serviceaccount:"
	// issuedWithin bounds how long the token controller takes.
	issuedWithin = time.Minute
)

// deployments are the OPAs of one cluster, one for each who asks.
type deployments struct {
	cluster *testcluster.Cluster
	bundle  string
	// whole is the test that they run until the end of.
	whole *testing.T
	opas  map[string]*deployedOPA
}

// newDeployments makes the bundle for what the cluster serves.
func newDeployments(t *testing.T, cluster *testcluster.Cluster) *deployments {
	t.Helper()
	config := genericclioptions.NewConfigFlags(true)
	cache := t.TempDir()
	config.KubeConfig, config.CacheDir = &cluster.Kubeconfig, &cache
	client, err := kube.New(config)
	if err != nil {
		t.Fatal(err)
	}
	index, err := client.Queries().Index(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	bundle, err := deployed.Contents{Table: deployed.NewTable(index)}.Bundle()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "bundle.tar.gz")
	if err := os.WriteFile(path, bundle, 0o600); err != nil {
		t.Fatal(err)
	}
	return &deployments{cluster: cluster, bundle: path, whole: t, opas: map[string]*deployedOPA{}}
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
		namespace, account, ok := strings.Cut(strings.TrimPrefix(name, serviceAccount), ":")
		if !ok {
			t.Fatalf("%s is no ServiceAccount", name)
		}
		secret := d.issue(t, namespace, account)
		d.opas[name] = startOPA(d.whole, d.bundle, map[string]string{
			"KUBERNETES_API_TOKEN":  string(secret.Data[corev1.ServiceAccountTokenKey]),
			"KUBERNETES_API_CA":     string(secret.Data[corev1.ServiceAccountRootCAKey]),
			"KUBERNETES_API_SERVER": d.cluster.Server,
		})
	}
	return d.opas[name]
}

// createAdministrator creates the ServiceAccount that may do anything.
func (d *deployments) createAdministrator(t *testing.T) {
	t.Helper()
	namespace, account, _ := strings.Cut(strings.TrimPrefix(administrator, serviceAccount), ":")
	c := newCreator(t, d.cluster)
	for _, object := range []map[string]any{
		{"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": namespace}},
		{
			"apiVersion": "v1", "kind": "ServiceAccount", "automountServiceAccountToken": false,
			"metadata": map[string]any{"name": account, "namespace": namespace},
		},
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

// issue asks for a token that does not end, and waits for it.
func (d *deployments) issue(t *testing.T, namespace, account string) *corev1.Secret {
	t.Helper()
	client, err := kubernetes.NewForConfig(connection(t, d.cluster))
	if err != nil {
		t.Fatal(err)
	}
	secrets := client.CoreV1().Secrets(namespace)
	name := account + "-opa"
	_, err = secrets.Create(t.Context(), &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Name: name, Annotations: map[string]string{corev1.ServiceAccountNameKey: account}},
		Type:       corev1.SecretTypeServiceAccountToken,
	}, metav1.CreateOptions{})
	if err != nil && !apierrors.IsAlreadyExists(err) {
		t.Fatal(err)
	}
	var secret *corev1.Secret
	err = wait.PollUntilContextTimeout(t.Context(), 20*time.Millisecond, issuedWithin, true, func(ctx context.Context) (bool, error) {
		var err error
		secret, err = secrets.Get(ctx, name, metav1.GetOptions{})
		return err == nil && len(secret.Data[corev1.ServiceAccountTokenKey]) > 0, err
	})
	if err != nil {
		t.Fatalf("waiting for the token of %s/%s: %v", namespace, account, err)
	}
	return secret
}
