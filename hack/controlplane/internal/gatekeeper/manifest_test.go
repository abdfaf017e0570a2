package gatekeeper

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/hack/controlplane/internal/objects"
)

func readManifest(t *testing.T) *manifest {
	t.Helper()
	file, err := os.Open("testdata/gatekeeper.yaml")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	all, err := objects.Read(file)
	if err != nil {
		t.Fatal(err)
	}
	m, err := split(all)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestSplit(t *testing.T) {
	m := readManifest(t)
	var applied []string
	for _, object := range m.objects {
		applied = append(applied, object.GetKind()+" "+object.GetName())
	}
	want := []string{
		"Namespace gatekeeper-system",
		"ServiceAccount gatekeeper-admin",
		"Deployment gatekeeper-audit", "Pod gatekeeper-audit",
		"Deployment gatekeeper-controller-manager", "Pod gatekeeper-controller-manager",
	}
	if !slices.Equal(applied, want) {
		t.Errorf("applied is %q, want %q", applied, want)
	}
	if len(m.crds) != 1 || len(m.statuses) != 4 || m.webhook.GetName() != "gatekeeper-validating-webhook-configuration" {
		t.Errorf("there are %d CRDs, %d statuses, and the webhook %s", len(m.crds), len(m.statuses), m.webhook.GetName())
	}
	for label := range m.objects[0].GetLabels() {
		if strings.HasPrefix(label, "pod-security") {
			t.Errorf("the namespace has the label %s", label)
		}
	}
}

// What looks for Gatekeeper looks at labels and images.
func TestPodsAreThoseOfTheirDeployments(t *testing.T) {
	for _, object := range readManifest(t).objects {
		if object.GetKind() != "Pod" {
			continue
		}
		image := ""
		containers, _, _ := unstructured.NestedSlice(object.Object, "spec", "containers")
		if len(containers) == 1 {
			image, _, _ = unstructured.NestedString(containers[0].(map[string]any), "image")
		}
		if image != "openpolicyagent/gatekeeper:v3.23.1" || object.GetNamespace() != "gatekeeper-system" {
			t.Errorf("Pod %s in %s has the image %q", object.GetName(), object.GetNamespace(), image)
		}
		operation := map[string]string{auditName: "audit", webhookName: "webhook"}[object.GetName()]
		if got := object.GetLabels()["gatekeeper.sh/operation"]; got != operation {
			t.Errorf("Pod %s is labelled with %q, want %q", object.GetName(), got, operation)
		}
	}
}

func TestWebhookConfigLeadsToOurPort(t *testing.T) {
	m := readManifest(t)
	before, _ := json.Marshal(m.webhook)
	config, err := webhookConfig(m.webhook, 1002, []byte("CA"))
	if err != nil {
		t.Fatal(err)
	}
	if after, _ := json.Marshal(m.webhook); string(after) != string(before) {
		t.Error("the manifest itself was changed")
	}
	old, _, _ := unstructured.NestedSlice(m.webhook.Object, "webhooks")
	changed, _, _ := unstructured.NestedSlice(config.Object, "webhooks")
	for i, path := range []string{"/v1/admit", "/v1/admitlabel"} {
		was, is := old[i].(map[string]any), changed[i].(map[string]any)
		client, _ := json.Marshal(is["clientConfig"])
		if want := `{"caBundle":"Q0E=","url":"https://127.0.0.1:1002` + path + `"}`; string(client) != want {
			t.Errorf("webhook %s has the client %s, want %s", is["name"], client, want)
		}
		delete(was, "clientConfig")
		delete(is, "clientConfig")
		old, _ := json.Marshal(was)
		if left, _ := json.Marshal(is); string(left) != string(old) {
			t.Errorf("of webhook %s something else was changed:\n%s\n%s", is["name"], old, left)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{
		"missing.yaml": "",
		"bad.yaml":     "a: [\n",
		"other.yaml":   "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n",
	} {
		path := filepath.Join(dir, name)
		if content != "" {
			if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := Read(Options{Manifest: path}); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: the error is %v, want one that names it", name, err)
		}
	}
}
