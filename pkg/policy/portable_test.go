package policy_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
)

func TestPortable(t *testing.T) {
	read := readObject(t, `{apiVersion: v1, kind: K, spec: {a: 1}, status: {byPod: []}, metadata: {name: x, namespace: n, labels: {a: b},
		annotations: {note: mine, metadata.gatekeeper.sh/title: T, kubectl.kubernetes.io/last-applied-configuration: "{}",
			gatekeeper.sh/block-vapb-generation-until: "2026", gatekeeper.sh/vapb-generation-state: x},
		uid: u, resourceVersion: "7", generation: 2, creationTimestamp: "2026-08-01T10:00:00Z", managedFields: [], selfLink: /x,
		ownerReferences: [{name: o}], finalizers: [f], deletionTimestamp: "2026-08-01T10:00:00Z", deletionGracePeriodSeconds: 0}}`)
	before := read.DeepCopy()
	want := readObject(t, `{apiVersion: v1, kind: K, spec: {a: 1}, metadata: {name: x, namespace: n, labels: {a: b},
		annotations: {note: mine, metadata.gatekeeper.sh/title: T}}}`)
	if diff := cmp.Diff(want, policy.Portable(read)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(before, read); diff != "" {
		t.Errorf("the object itself was changed: %s", diff)
	}
	only := readObject(t, `{metadata: {name: x, annotations: {kubectl.kubernetes.io/last-applied-configuration: "{}"}}}`)
	if got := policy.Portable(only); got.GetAnnotations() != nil {
		t.Errorf("annotations: %v", got.Object)
	}
}
