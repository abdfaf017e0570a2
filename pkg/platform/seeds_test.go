package platform

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
)

// value is what a Secret holds, and no error may.
const value = "S3CRET"

// secret adds one; the values are as the API has them.
func (c *cluster) secret(namespace, name string, data map[string]any) *cluster {
	c.add("secrets", name, map[string]any{"metadata": map[string]any{"namespace": namespace}, "data": data})
	return c
}

func TestSeedKubeconfig(t *testing.T) {
	encoded := base64.StdEncoding.EncodeToString([]byte(value))
	master := new(cluster).
		secret("kubermatic", "usual", map[string]any{"kubeconfig": encoded, "other": "!"}).
		secret("seeds", "elsewhere", map[string]any{"config": encoded}).
		secret("kubermatic", "broken", map[string]any{"kubeconfig": value + "!"}).
		secret("kubermatic", "number", map[string]any{"kubeconfig": int64(3)}).
		secret("kubermatic", "void", map[string]any{"kubeconfig": ""}).
		secret("kubermatic", "empty", nil)
	const reading = `reading the kubeconfig of seed "x": secrets `
	for name, tc := range map[string]struct {
		reference       corev1.ObjectReference
		want, err, next string
	}{
		"by default":      {corev1.ObjectReference{Name: "usual"}, value, "", ""},
		"with all of it":  {corev1.ObjectReference{Name: "elsewhere", Namespace: "seeds", FieldPath: "config"}, value, "", ""},
		"no reference":    {corev1.ObjectReference{}, "", `seed "x" names no Secret with its kubeconfig`, "set spec.kubeconfig of the Seed"},
		"no Secret":       {corev1.ObjectReference{Name: "gone"}, "", reading + `"gone" in namespace kubermatic: not found`, ""},
		"another key":     {corev1.ObjectReference{Name: "usual", FieldPath: "config"}, "", reading + `"usual" in namespace kubermatic has no kubeconfig under the key "config"`, "it has: kubeconfig, other"},
		"not base64":      {corev1.ObjectReference{Name: "broken"}, "", reading + `"broken" in namespace kubermatic has no kubeconfig under the key "kubeconfig"`, "it has: kubeconfig"},
		"no text":         {corev1.ObjectReference{Name: "number"}, "", reading + `"number" in namespace kubermatic has no kubeconfig under the key "kubeconfig"`, "it has: kubeconfig"},
		"an empty value":  {corev1.ObjectReference{Name: "void"}, "", reading + `"void" in namespace kubermatic has no kubeconfig under the key "kubeconfig"`, "it has: kubeconfig"},
		"an empty Secret": {corev1.ObjectReference{Name: "empty"}, "", reading + `"empty" in namespace kubermatic has no kubeconfig under the key "kubeconfig"`, "the Secret is empty"},
	} {
		t.Run(name, func(t *testing.T) {
			seed := &kubermaticv1.Seed{ObjectMeta: metav1.ObjectMeta{Name: "x", Namespace: "kubermatic"}, Spec: kubermaticv1.SeedSpec{Kubeconfig: tc.reference}}
			text, err := KKP{master}.SeedKubeconfig(t.Context(), seed)
			got := []string{string(text), words(err), strings.Join(advice.Next(err), "|")}
			if diff := cmp.Diff([]string{tc.want, tc.err, tc.next}, got); diff != "" {
				t.Error(diff)
			}
			if strings.Contains(strings.Join(got[1:], ""), value) {
				t.Error("a value of the Secret is told")
			}
		})
	}
}

func TestUserKubeconfig(t *testing.T) {
	seed := new(cluster).secret("cluster-a", "admin-kubeconfig", map[string]any{"kubeconfig": base64.StdEncoding.EncodeToString([]byte(value))})
	text, err := KKP{seed}.UserKubeconfig(t.Context(), "cluster-a")
	if string(text) != value || err != nil {
		t.Errorf("found %q, %v", text, err)
	}
	text, err = KKP{&cluster{}}.UserKubeconfig(t.Context(), "cluster-b")
	const want = `reading the kubeconfig of the user cluster in namespace cluster-b: secrets "admin-kubeconfig" in namespace cluster-b: not found`
	if text != nil || words(err) != want {
		t.Errorf("found %q, %v", text, err)
	}
}

func TestSeeds(t *testing.T) {
	master := &cluster{}
	for _, name := range []string{"europe", "asia"} {
		master.add("seeds", name, map[string]any{"metadata": map[string]any{"namespace": "kubermatic"}})
	}
	master.add("seeds", "stray", map[string]any{"metadata": map[string]any{"namespace": "other"}})
	seeds, err := KKP{master}.Seeds(t.Context())
	names := []string{}
	for _, seed := range seeds {
		names = append(names, seed.Name)
	}
	if diff := cmp.Diff([]string{"asia", "europe"}, names); diff != "" || err != nil {
		t.Error(diff, err)
	}
}
