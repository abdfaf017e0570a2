package setup

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
)

var options = Options{
	Name: "reader", Namespace: "policies", Bundle: []byte("bundle"), Labels: map[string]string{"app.kubernetes.io/managed-by": "kubectl-opa"},
}

func parse(t *testing.T, text string) *unstructured.Unstructured {
	t.Helper()
	object := map[string]any{}
	if err := yaml.Unmarshal([]byte(text), &object); err != nil {
		t.Fatal(err)
	}
	return &unstructured.Unstructured{Object: object}
}

func TestObjects(t *testing.T) {
	role := parse(t, "{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: reader}}")
	o := options
	o.Roles = []*unstructured.Unstructured{role}
	objects, err := o.Objects()
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if err := manifest.WriteYAML(&text, objects...); err != nil {
		t.Fatal(err)
	}
	want := `apiVersion: v1
automountServiceAccountToken: false
kind: ServiceAccount
metadata:
  labels:
    app.kubernetes.io/managed-by: kubectl-opa
  name: reader
  namespace: policies
---
apiVersion: v1
kind: Secret
metadata:
  annotations:
    kubernetes.io/service-account.name: reader
  labels:
    app.kubernetes.io/managed-by: kubectl-opa
  name: reader
  namespace: policies
type: kubernetes.io/service-account-token
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: reader
---
apiVersion: v1
binaryData:
  bundle.tar.gz: YnVuZGxl
kind: ConfigMap
metadata:
  labels:
    app.kubernetes.io/managed-by: kubectl-opa
  name: reader
  namespace: policies
`
	if diff := cmp.Diff(want, text.String()); diff != "" {
		t.Error(diff)
	}
}

func TestObjectsRefuseALargeBundle(t *testing.T) {
	o := options
	o.Bundle = make([]byte, 1<<20+1)
	if _, err := o.Objects(); err == nil || !strings.Contains(err.Error(), "1048577 bytes, and a ConfigMap holds 1048576") {
		t.Errorf("found %v", err)
	}
}

// connectedPod is what the deployments of the tests have after Connect, but for
// the setting.
const connectedPod = `
        env:
        - {name: OTHER, value: x}
        - {name: KUBERNETES_API_TOKEN, valueFrom: {secretKeyRef: {name: reader, key: token}}}
        - {name: KUBERNETES_API_CA, valueFrom: {secretKeyRef: {name: reader, key: ca.crt}}}
`

const resource = "bundles.kubernetes-api-client.resource=file:///kubernetes-api-client/bundle.tar.gz"

func TestConnect(t *testing.T) {
	for name, tc := range map[string]struct{ container, before, after string }{
		"by environment": {"", `
      - name: opa
        image: x
        args: [run, --server]
        env: [{name: OTHER, value: x}, {name: KUBERNETES_API_TOKEN, value: in the clear}]
        newField: kept
`, `
      - name: opa
        image: x
        args: [run, --server]
        newField: kept` + connectedPod + `
        - {name: OPA_RUN_SET, value: "` + resource + `"}
        volumeMounts: [{name: reader, mountPath: /kubernetes-api-client, readOnly: true}]
`},
		"where --set is given": {"", `
      - {name: sidecar, image: z}
      - name: engine
        image: docker.io/openpolicyagent/opa:1.0
        args: [run, --set=a=b]
        env: [{name: OTHER, value: x}]
`, `
      - {name: sidecar, image: z}
      - name: engine
        image: docker.io/openpolicyagent/opa:1.0
        args: [run, --set=a=b, "--set=` + resource + `"]` + connectedPod + `
        volumeMounts: [{name: reader, mountPath: /kubernetes-api-client, readOnly: true}]
`},
		"by name": {"b", `
      - {name: opa, image: x}
      - {name: b, image: z, env: [{name: OTHER, value: x}]}
`, `
      - {name: opa, image: x}
      - name: b
        image: z` + connectedPod + `
        - {name: OPA_RUN_SET, value: "` + resource + `"}
        volumeMounts: [{name: reader, mountPath: /kubernetes-api-client, readOnly: true}]
`},
	} {
		t.Run(name, func(t *testing.T) {
			const head = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: opa}\nspec:\n  template:\n    spec:\n"
			const volumes = "      volumes: [{name: reader, configMap: {name: reader, defaultMode: 420}}]\n"
			deployment := parse(t, head+"      containers:"+tc.before)
			want := parse(t, head+volumes+"      containers:"+tc.after)
			for range 2 { // the second time changes nothing
				if err := options.Connect(deployment, tc.container); err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(plain(want), plain(deployment)); diff != "" {
					t.Error(diff)
				}
			}
			if check := options.CheckDeployment("opa", tc.container, deployment); check.Problem != "" {
				t.Errorf("a connected deployment has the problem %q", check.Problem)
			}
		})
	}
}

func TestConnectRefuses(t *testing.T) {
	const two = "metadata: {name: d}\nspec: {template: {spec: {containers: [{name: a, image: x}, {name: b, image: z}]}}}"
	for name, tc := range map[string]struct{ deployment, container, want string }{
		"nothing that tells":   {two, "", `which container of deployment "d" has OPA cannot be told`},
		"a name that is wrong": {two, "opa", `deployment "d" has no container "opa"`},
		"no Pod":               {"metadata: {name: d}\nspec: {}", "", `it has no spec.template.spec`},
		"no containers":        {"metadata: {name: d}\nspec: {template: {spec: {containers: 1}}}", "", `reading deployment "d"`},
	} {
		t.Run(name, func(t *testing.T) {
			deployment := parse(t, tc.deployment)
			before := deployment.DeepCopy()
			if err := options.Connect(deployment, tc.container); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("found %v", err)
			}
			if diff := cmp.Diff(before, deployment); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestPatch wants of the patch what Connect gives a deployment of one container.
func TestPatch(t *testing.T) {
	patch := options.Patch("opa", "opa")
	deployment := parse(t, "metadata: {name: opa}\nspec: {template: {spec: {containers: [{name: opa}]}}}")
	if err := options.Connect(deployment, ""); err != nil {
		t.Fatal(err)
	}
	want, _, _ := unstructured.NestedMap(deployment.Object, "spec", "template", "spec")
	got, _, _ := unstructured.NestedMap(patch.Object, "spec", "template", "spec")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestPatchOf wants the container that a deployment has, and its arguments where
// they have to change.
func TestPatchOf(t *testing.T) {
	for name, tc := range map[string]struct{ containers, want string }{
		"by environment": {`[{name: a, image: "openpolicyagent/opa", args: [run], env: [{name: X, value: x}]}, {name: b, image: z}]`, `a []`},
		"by arguments":   {`[{name: a, image: z}, {name: opa, image: z, args: [run, --set, a=b]}]`, "opa [run --set a=b --set=" + resource + "]"},
		"by command":     {`[{name: opa, image: z, command: [opa, run, --set=a=b]}]`, "opa [--set=" + resource + "]"},
	} {
		t.Run(name, func(t *testing.T) {
			patch, err := options.PatchOf(parse(t, "metadata: {name: d}\nspec: {template: {spec: {containers: "+tc.containers+"}}}"), "")
			if err != nil {
				t.Fatal(err)
			}
			containers, _, _ := unstructured.NestedSlice(patch.Object, "spec", "template", "spec", "containers")
			container := containers[0].(map[string]any)
			args, _, _ := unstructured.NestedStringSlice(container, "args")
			if got := fmt.Sprint(container["name"], " ", args); got != tc.want || len(containers) != 1 {
				t.Errorf("want %s, found %s", tc.want, got)
			}
			if command, found := container["command"]; found {
				t.Errorf("the command is in the patch: %v", command)
			}
		})
	}
	if _, err := options.PatchOf(parse(t, "metadata: {name: d}"), ""); err == nil {
		t.Error("want an error for a deployment without a Pod")
	}
}

func TestCheck(t *testing.T) {
	objects, err := options.Objects()
	if err != nil {
		t.Fatal(err)
	}
	good := func() Live {
		secret := objects[1].DeepCopy()
		secret.Object["data"] = map[string]any{"token": encode("t"), "ca.crt": encode("c")}
		return Live{Account: objects[0].DeepCopy(), Secret: secret, Config: objects[2].DeepCopy()}
	}
	for name, tc := range map[string]struct {
		change func(*Live)
		want   [3]string
	}{
		"all there":  {func(*Live) {}, [3]string{}},
		"nothing":    {func(l *Live) { *l = Live{} }, [3]string{missing, missing, missing}},
		"mounted":    {func(l *Live) { delete(l.Account.Object, "automountServiceAccountToken") }, [3]string{"its token is mounted into every Pod that runs as it", "", ""}},
		"no token":   {func(l *Live) { delete(l.Secret.Object, "data") }, [3]string{"", "there is no token in it yet", ""}},
		"no CA":      {func(l *Live) { l.Secret.Object["data"] = map[string]any{"token": encode("t")} }, [3]string{"", "there is no ca.crt in it yet", ""}},
		"of another": {func(l *Live) { l.Secret.SetAnnotations(nil) }, [3]string{"", `it is for the ServiceAccount "", not "reader"`, ""}},
		"opaque": {func(l *Live) { l.Secret.Object["type"] = "Opaque" },
			[3]string{"", `its type is "Opaque", not kubernetes.io/service-account-token`, ""}},
		"old bundle": {func(l *Live) { l.Config.Object["binaryData"] = map[string]any{BundleKey: encode("old")} },
			[3]string{"", "", "its bundle is another one than would be made now, of these policies and what the cluster serves"}},
		"no bundle": {func(l *Live) { delete(l.Config.Object, "binaryData") }, [3]string{"", "", "it has no bundle.tar.gz"}},
	} {
		t.Run(name, func(t *testing.T) {
			live := good()
			tc.change(&live)
			var got [3]string
			for i, check := range options.Check(live) {
				got[i] = check.Problem
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func encode(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }

func TestEnvironment(t *testing.T) {
	secret := parse(t, "data: {token: "+encode("to'ken")+", ca.crt: "+encode("a\nb\n")+"}")
	want := "export KUBERNETES_API_SERVER='https://127.0.0.1:1'\nexport KUBERNETES_API_CA='a\nb\n'\nexport KUBERNETES_API_TOKEN='to'\\''ken'\n"
	if diff := cmp.Diff(want, Environment(secret, "https://127.0.0.1:1")); diff != "" {
		t.Error(diff)
	}
}
