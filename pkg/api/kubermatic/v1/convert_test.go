package v1_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/runtime"
	utiljson "k8s.io/apimachinery/pkg/util/json"

	v1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
)

// unstructuredJSON reads an object as the dynamic client does: whole numbers become int64.
func unstructuredJSON(t *testing.T, text string) map[string]any {
	t.Helper()
	object := map[string]any{}
	if err := utiljson.Unmarshal([]byte(text), &object); err != nil {
		t.Fatal(err)
	}
	return object
}

// TestRoundTrip wants an object back exactly as it went in: free parts unread, and nothing added.
func TestRoundTrip(t *testing.T) {
	tests := map[string]struct {
		object any
		text   string
	}{
		"template with everything": {&v1.ConstraintTemplate{}, `{
			"apiVersion": "kubermatic.k8c.io/v1", "kind": "ConstraintTemplate", "metadata": {"name": "k8srequiredlabels"},
			"spec": {
				"crd": {"spec": {
					"names": {"kind": "K8sRequiredLabels", "shortNames": ["krl"]},
					"validation": {"legacySchema": true, "openAPIV3Schema": {"type": "object", "x-made-up": [1, 2.5, null, {"a": "b"}]}}
				}},
				"targets": [{
					"target": "admission.k8s.gatekeeper.sh",
					"code": [{"engine": "Rego", "source": {"rego": "package x", "libs": [], "version": "v1", "more": {"n": 9007199254740993}}}]
				}],
				"selector": {"providers": ["aws"], "labelSelector": {"matchLabels": {"a": "b"}}}
			}}`},
		"template in the manual's form": {&v1.ConstraintTemplate{}, `{
			"metadata": {"name": "x"},
			"spec": {"crd": {"spec": {"names": {"kind": "X"}}}, "targets": [{"target": "t", "rego": "package x", "libs": ["package lib.y"]}]}}`},
		"empty template": {&v1.ConstraintTemplate{}, `{}`},
		"constraint": {&v1.Constraint{}, `{
			"apiVersion": "kubermatic.k8c.io/v1", "kind": "Constraint", "metadata": {"name": "x", "namespace": "kubermatic"},
			"spec": {
				"constraintType": "K8sRequiredLabels", "disabled": true, "enforcementAction": "dryrun",
				"match": {"kinds": [{"apiGroups": [""], "kinds": ["Pod"]}], "scope": "*", "labelSelector": {}, "namespaceSelector": {}},
				"parameters": {"rawJSON": "{}", "labels": ["a"], "n": 1, "f": 1.5, "z": null, "o": {"p": [{}]}},
				"selector": {}
			}}`},
		"smallest constraint": {&v1.Constraint{}, `{"spec": {"constraintType": "X"}}`},
		"registry":            {&v1.AllowedRegistry{}, `{"metadata": {"name": "quay"}, "spec": {"registryPrefix": "quay.io"}}`},
		"cluster": {&v1.Cluster{}, `{
			"metadata": {"name": "abc", "labels": {"a": "b"}},
			"spec": {
				"humanReadableName": "prod", "pause": true, "cloud": {"dc": "x", "providerName": "hetzner", "hetzner": {}},
				"opaIntegration": {
					"enabled": true, "webhookTimeoutSeconds": 5, "experimentalEnableMutation": true,
					"controllerResources": {"limits": {"cpu": "1"}}, "auditResources": {"requests": {"memory": "1Gi"}}
				}
			},
			"status": {"namespaceName": "cluster-abc", "extendedHealth": {"gatekeeperController": "HealthStatusUp", "gatekeeperAudit": "HealthStatusDown"}}}`},
		"seed": {&v1.Seed{}, `{"spec": {"kubeconfig": {"name": "kubeconfig-eu", "namespace": "kubermatic", "fieldPath": "config"}}}`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			in := unstructuredJSON(t, test.text)
			if err := runtime.DefaultUnstructuredConverter.FromUnstructuredWithValidation(in, test.object, true); err != nil {
				t.Fatal(err)
			}
			out, err := runtime.DefaultUnstructuredConverter.ToUnstructured(test.object)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(in, out); diff != "" {
				t.Errorf("through the converter, in (-) and out (+) differ:\n%s", diff)
			}
			text, err := json.Marshal(test.object)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(in, unstructuredJSON(t, string(text))); diff != "" {
				t.Errorf("through JSON, in (-) and out (+) differ:\n%s", diff)
			}
		})
	}
}

// TestUnknownFields wants what KKP would prune to be named, and free parts left alone.
func TestUnknownFields(t *testing.T) {
	in := unstructuredJSON(t, `{"metadata": {"name": "x"}, "spec": {
		"constraintType": "X", "scopedEnforcementActions": [], "parameters": {"any": {"thing": 1}},
		"match": {"name": "y", "kinds": [{"versions": ["v1"]}]}}}`)
	err := runtime.DefaultUnstructuredConverter.FromUnstructuredWithValidation(in, &v1.Constraint{}, true)
	if err == nil {
		t.Fatal("no unknown field was reported")
	}
	want := []string{`"spec.match.kinds[0].versions"`, `"spec.match.name"`, `"spec.scopedEnforcementActions"`}
	for _, field := range want {
		if !strings.Contains(err.Error(), "unknown field "+field) {
			t.Errorf("%s is not reported in: %v", field, err)
		}
	}
	if got := strings.Count(err.Error(), "unknown field"); got != len(want) {
		t.Errorf("%d fields are reported, want %d: %v", got, len(want), err)
	}
}

func TestProvider(t *testing.T) {
	tests := map[string]struct{ spec, want string }{
		"section":                   {`{"dc": "x", "providerName": "aws", "hetzner": {"token": "t"}}`, "hetzner"},
		"empty section":             {`{"providerName": "aws", "hetzner": {}}`, "hetzner"},
		"null section":              {`{"providerName": "aws", "hetzner": null}`, "aws"},
		"no section":                {`{"providerName": "kubevirt"}`, "kubevirt"},
		"unknown section":           {`{"providerName": "moon", "moon": {}}`, "moon"},
		"providerName is no string": {`{"providerName": 1}`, ""},
		"nothing":                   {`{}`, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var cloud v1.Cloud
			if err := json.Unmarshal([]byte(test.spec), &cloud); err != nil {
				t.Fatal(err)
			}
			if got := cloud.Provider(); got != test.want {
				t.Errorf("Provider() = %q, want %q", got, test.want)
			}
		})
	}
}
