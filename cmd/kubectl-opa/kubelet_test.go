package main

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"github.com/kubectl-opa/kubectl-opa/pkg/testcluster"
)

// opaDeployment is a Deployment of OPA that knows nothing of the Kubernetes API.
func opaDeployment(namespace, name string) *appsv1.Deployment {
	labels := map[string]string{"app": name}
	return &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		Spec: appsv1.DeploymentSpec{
			Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: corev1.PodSpec{
				Containers: []corev1.Container{{
					Name: "opa", Image: "openpolicyagent/opa:1.22.2",
					Args: []string{"run", "--server", "--log-level", "error", "--skip-version-check"},
				}},
			}},
		},
	}
}

// kubelet runs the OPA of a Deployment as a kubelet would: its arguments, with
// the environment and the volumes that Secrets and ConfigMaps give it. Beside
// that it has what each container has: where the API server is.
type kubelet struct {
	cluster *testcluster.Cluster
	client  kubernetes.Interface
}

func newKubelet(t *testing.T, cluster *testcluster.Cluster) kubelet {
	t.Helper()
	client, err := kubernetes.NewForConfig(connection(t, cluster))
	if err != nil {
		t.Fatal(err)
	}
	return kubelet{cluster, client}
}

// run starts the first container of a Deployment, until the end of a test.
func (k kubelet) run(t, whole *testing.T, namespace, name string) *deployedOPA {
	t.Helper()
	deployment, err := k.client.AppsV1().Deployments(namespace).Get(t.Context(), name, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	pod := deployment.Spec.Template.Spec
	container := pod.Containers[0]
	// There is one file system here, so that what is mounted is somewhere else.
	paths := []string{}
	for _, mount := range container.VolumeMounts {
		paths = append(paths, mount.MountPath, k.volume(t, whole, namespace, pod.Volumes, mount.Name))
	}
	moved := strings.NewReplacer(paths...).Replace
	server, err := url.Parse(k.cluster.Server)
	if err != nil {
		t.Fatal(err)
	}
	env := []string{"KUBERNETES_SERVICE_HOST=" + server.Hostname(), "KUBERNETES_SERVICE_PORT=" + server.Port()}
	for _, variable := range container.Env {
		env = append(env, variable.Name+"="+moved(k.value(t, namespace, variable)))
	}
	args := []string{}
	for _, arg := range container.Args {
		args = append(args, moved(arg))
	}
	return startOPA(whole, args, env)
}

// value is what a variable has.
func (k kubelet) value(t *testing.T, namespace string, variable corev1.EnvVar) string {
	t.Helper()
	if variable.ValueFrom == nil {
		return variable.Value
	}
	from := variable.ValueFrom.SecretKeyRef
	secret, err := k.client.CoreV1().Secrets(namespace).Get(t.Context(), from.Name, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	value, ok := secret.Data[from.Key]
	if !ok {
		t.Fatalf("secret %s/%s has no %s", namespace, from.Name, from.Key)
	}
	return string(value)
}

// volume is a folder with what a ConfigMap has.
func (k kubelet) volume(t, whole *testing.T, namespace string, volumes []corev1.Volume, name string) string {
	t.Helper()
	folder := whole.TempDir()
	for _, volume := range volumes {
		if volume.Name != name {
			continue
		}
		config, err := k.client.CoreV1().ConfigMaps(namespace).Get(t.Context(), volume.ConfigMap.Name, metav1.GetOptions{})
		if err != nil {
			t.Fatal(err)
		}
		for key, data := range config.BinaryData {
			if err := os.WriteFile(filepath.Join(folder, key), data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		return folder
	}
	t.Fatalf("there is no volume %s", name)
	return ""
}
