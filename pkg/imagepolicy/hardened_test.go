package imagepolicy_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	constraintclient "github.com/open-policy-agent/frameworks/constraint/pkg/client"
	"github.com/open-policy-agent/frameworks/constraint/pkg/client/reviews"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/target"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/util"
	"github.com/open-policy-agent/opa/v1/ast"
	admissionv1 "k8s.io/api/admission/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-opa/kubectl-opa/pkg/compile"
	"github.com/kubectl-opa/kubectl-opa/pkg/imagepolicy"
)

// hardenedCase is one of testdata/conformance/registry-hardened.yaml.
type hardenedCase struct {
	Name      string                `json:"name"`
	Prefixes  []string              `json:"prefixes"`
	Operation admissionv1.Operation `json:"operation"`
	Old       map[string]string     `json:"old"`
	Images    map[string]string     `json:"images"`
	Message   string                `json:"message"`
}

func hardenedCases(t *testing.T) []hardenedCase {
	t.Helper()
	data, err := os.ReadFile("../../testdata/conformance/registry-hardened.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Cases []hardenedCase `json:"cases"`
	}
	if err := yaml.UnmarshalStrict(data, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Cases) == 0 {
		t.Fatal("no cases")
	}
	return file.Cases
}

// titles are what messages begin with.
var titles = map[string]string{
	imagepolicy.Containers: "", imagepolicy.InitContainers: "init ", imagepolicy.EphemeralContainers: "ephemeral ",
}

// TestHardenedDecisions lets Gatekeeper's engine and Check decide every case,
// for each kind of container.
func TestHardenedDecisions(t *testing.T) {
	for _, tc := range hardenedCases(t) {
		t.Run(tc.Name, func(t *testing.T) {
			client := hardenedEngine(t, tc.Prefixes)
			for kind, title := range titles {
				want := []string{}
				if tc.Message != "" {
					want = append(want, title+tc.Message)
				}
				if diff := cmp.Diff(want, tc.decide(t, client, kind)); diff != "" {
					t.Errorf("the engine, %s: %s", kind, diff)
				}
				if diff := cmp.Diff(want, tc.check(kind)); diff != "" {
					t.Errorf("Check, %s: %s", kind, diff)
				}
			}
		})
	}
}

// check is what Check makes of the case.
func (tc hardenedCase) check(kind string) []string {
	messages := []string{}
	for name, image := range tc.Images {
		if tc.Operation == admissionv1.Delete || tc.Operation == admissionv1.Update && tc.Old[name] == image {
			continue
		}
		messages = append(messages, hardenedMessages(kind, name, image, tc.Prefixes)...)
	}
	return messages
}

// hardenedMessages is what the template should say of one container.
func hardenedMessages(kind, name, image string, prefixes []string) []string {
	sorted := slices.Compact(slices.Sorted(slices.Values(prefixes)))
	registries := make([]imagepolicy.Prefix, len(sorted))
	for i, text := range sorted {
		registries[i].Text = text
	}
	verdict := imagepolicy.FlavorHardened.Check(image, registries)
	container := imagepolicy.Container{Kind: kind, Name: name, Image: image}
	switch {
	case verdict.Allowed || !container.Enforced(imagepolicy.FlavorHardened):
		return nil
	case verdict.Unreadable:
		return []string{fmt.Sprintf("%scontainer <%s> has an image <%s> that is no image reference", titles[kind], name, image)}
	}
	list := []*ast.Term{}
	for _, text := range sorted {
		list = append(list, ast.StringTerm(text))
	}
	return []string{fmt.Sprintf("%scontainer <%s> has an invalid image registry <%s>, allowed image registries are %v",
		titles[kind], name, image, ast.NewArray(list...))}
}

// hardenedEngine is Gatekeeper's, with what a cluster gets for the prefixes. The
// plugin never writes an empty list, but somebody may.
func hardenedEngine(t *testing.T, prefixes []string) *constraintclient.Client {
	t.Helper()
	registries := []imagepolicy.Prefix{{Text: "of an empty list"}}
	if len(prefixes) > 0 {
		registries = registries[:0]
	}
	for _, text := range prefixes {
		registries = append(registries, imagepolicy.Prefix{Text: text})
	}
	template, constraint, err := imagepolicy.GatekeeperObjects(imagepolicy.FlavorHardened, registries, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(prefixes) == 0 {
		unstructured.RemoveNestedField(constraint.Object, "spec", "parameters")
	}
	return engineOf(t, template, constraint)
}

// engineOf is Gatekeeper's engine with two of its objects.
func engineOf(t *testing.T, template, constraint *unstructured.Unstructured) *constraintclient.Client {
	t.Helper()
	internal, err := compile.Internal(template)
	if err != nil {
		t.Fatal(err)
	}
	client, err := compile.NewClient()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.AddTemplate(t.Context(), internal); err != nil {
		t.Fatal(err)
	}
	if _, err := client.AddConstraint(t.Context(), constraint); err != nil {
		t.Fatal(err)
	}
	return client
}

// decide reviews the request of the case as the webhook does.
func (tc hardenedCase) decide(t *testing.T, client *constraintclient.Client, kind string) []string {
	t.Helper()
	request := &admissionv1.AdmissionRequest{
		Operation: tc.Operation, Name: "pod", Namespace: "default",
		Kind:      metav1.GroupVersionKind{Version: "v1", Kind: "Pod"},
		Object:    rawPod(t, kind, tc.Images),
		OldObject: rawPod(t, kind, tc.Old),
	}
	if tc.Operation == admissionv1.Delete {
		request.Object = runtime.RawExtension{}
	}
	responses, err := client.Review(context.Background(),
		&target.AugmentedReview{AdmissionRequest: request, Namespace: namespace("default"), Source: "Original", IsAdmission: true},
		reviews.EnforcementPoint(util.WebhookEnforcementPoint))
	if err != nil {
		t.Fatal(err)
	}
	messages := []string{}
	for _, result := range responses.Results() {
		messages = append(messages, result.Msg)
	}
	slices.Sort(messages)
	return messages
}

func rawPod(t *testing.T, kind string, images map[string]string) runtime.RawExtension {
	t.Helper()
	if images == nil {
		return runtime.RawExtension{}
	}
	containers := []any{}
	for name, image := range images {
		containers = append(containers, map[string]any{"name": name, "image": image})
	}
	data, err := json.Marshal(pod(kind, containers...).Object)
	if err != nil {
		t.Fatal(err)
	}
	return runtime.RawExtension{Raw: data}
}
