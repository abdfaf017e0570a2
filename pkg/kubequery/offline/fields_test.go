package offline_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery"
)

// TestFields wants the fields that Kubernetes lets select by, and the values
// that it sees in what an object leaves out.
func TestFields(t *testing.T) {
	c := cluster(t, files{"a.yaml": gizmoCRD + `
---
{apiVersion: v1, kind: List, items: [
  {apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {nodeName: n1, hostNetwork: true, serviceAccount: sa}, status: {phase: Running, podIP: 10.0.0.1}},
  {apiVersion: v1, kind: Pod, metadata: {name: b}, spec: {serviceAccountName: sa}, status: {podIP: "::1", podIPs: [{ip: 10.0.0.2}]}},
  {apiVersion: v1, kind: Node, metadata: {name: c}, spec: {unschedulable: true}}, {apiVersion: v1, kind: Node, metadata: {name: d}},
  {apiVersion: batch/v1, kind: Job, metadata: {name: e}, status: {succeeded: 2}}, {apiVersion: batch/v1, kind: Job, metadata: {name: f}},
  {apiVersion: v1, kind: Event, metadata: {name: g}, source: {component: kubelet}, involvedObject: {name: a}},
  {apiVersion: v1, kind: Event, metadata: {name: h}, reportingComponent: kubelet, type: Normal},
  {apiVersion: v1, kind: Secret, metadata: {name: i}, type: Opaque},
  {apiVersion: example.com/v1, kind: Gizmo, metadata: {name: j}, spec: {colour: red}}, {apiVersion: example.com/v1, kind: Gizmo, metadata: {name: k}},
  {apiVersion: example.com/v1, kind: Guess, metadata: {name: l}, spec: {colour: red}}]}`})
	for _, test := range []struct {
		word, selector string
		want           []string
	}{
		{"po", "metadata.name=a", []string{"default/a"}},
		{"po", "metadata.namespace=default,metadata.name!=a", []string{"default/b"}},
		{"po", "metadata.namespace=", []string{}},
		{"po", "spec.nodeName=n1", []string{"default/a"}},
		{"po", "spec.host=n1", []string{"default/a"}},
		{"po", "spec.nodeName=", []string{"default/b"}},
		{"po", "spec.hostNetwork=false", []string{"default/b"}},
		{"po", "spec.serviceAccountName=sa", []string{"default/a", "default/b"}},
		{"po", "status.phase!=Running", []string{"default/b"}},
		{"po", "status.podIP=10.0.0.1", []string{"default/a"}},
		{"po", "status.podIP=10.0.0.2", []string{"default/b"}},
		{"po", "status.podIPs=10.0.0.2", []string{}},
		{"no", "spec.unschedulable=true", []string{"c"}},
		{"no", "spec.unschedulable=false", []string{"d"}},
		{"jobs", "status.successful=2", []string{"default/e"}},
		{"jobs", "status.successful=0", []string{"default/f"}},
		{"ev", "source=kubelet", []string{"default/g", "default/h"}},
		{"ev", "involvedObject.name=a", []string{"default/g"}},
		{"ev", "reportingComponent=kubelet,type=Normal", []string{"default/h"}},
		{"secrets", "type=Opaque", []string{"default/i"}},
		{"gz", "spec.colour=red", []string{"default/j"}},
		{"gz", "spec.colour=", []string{"default/k"}},
		{"guesses", "metadata.name=l", []string{"l"}},
	} {
		got := ask(t, c, test.word, kubequery.Request{FieldSelector: test.selector})
		if diff := cmp.Diff(test.want, got.keys()); diff != "" {
			t.Errorf("%s with %s: %s\n%v", test.word, test.selector, diff, got)
		}
	}
	for word, want := range map[string]string{
		"po": "field label not supported: a.b", "jobs": `field label "a.b" not supported for Job`, "gz": "field label not supported: a.b",
		"resourceslices": "field label not supported for resource.k8s.io/v1, Kind=ResourceSlice: a.b",
		"cj":             `"a.b" is not a known field selector: only "metadata.name", "metadata.namespace"`,
		"guesses":        "field label not supported: a.b",
	} {
		got := ask(t, c, word, kubequery.Request{FieldSelector: "metadata.name=a,a.b=c"})
		if diff := cmp.Diff(answer{"400 Bad Request", status(400, "BadRequest", want, nil)}, got); diff != "" {
			t.Errorf("%s: %s", word, diff)
		}
	}
	for _, word := range []string{"no", "ns", "csr", "resourceslices", "guesses"} {
		if got := ask(t, c, word, kubequery.Request{FieldSelector: "metadata.namespace=a"}); got.Status != "400 Bad Request" {
			t.Errorf("%s by namespace: %v", word, got)
		}
	}
}
