package main

import (
	"slices"
	"strings"
	"testing"

	admissionv1 "k8s.io/api/admission/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	reportv1alpha1 "github.com/kubectl-opa/kubectl-opa/pkg/api/report/v1alpha1"
	"github.com/kubectl-opa/kubectl-opa/pkg/imagepolicy"
)

// fillerName is the container that every Pod has to have, where the case's own
// ones are of another kind.
const fillerName = "filler"

// tableRow is a case for one kind of container.
type tableRow struct {
	*tableCase
	kind, title string
}

func (tc *tableCase) rows() []tableRow {
	rows := []tableRow{}
	for _, kind := range kinds {
		rows = append(rows, tableRow{tc, kind.name, kind.title})
	}
	return rows
}

// onOld tells whether the row is about a Pod that is older than the policy. No
// Pod is made with an ephemeral container, it is added later.
func (row tableRow) onOld() bool {
	return row.operation != admissionv1.Create || row.kind == imagepolicy.EphemeralContainers
}

// podName is the name of the row's Pod.
func (row tableRow) podName() string { return strings.ToLower(row.kind) }

// filler is an image that the flavor allows, where there is one. A Pod that is
// older than the policy has one that KKP's template allows: that one judges it
// at every update, and the hardened one only what changes.
func (row tableRow) filler(flavor imagepolicy.Flavor) string {
	if row.onOld() {
		flavor = imagepolicy.FlavorKKP
	}
	prefixes := []imagepolicy.Prefix{}
	for _, text := range row.prefixes {
		prefixes = append(prefixes, imagepolicy.Prefix{Text: text})
	}
	for _, prefix := range row.prefixes {
		for _, image := range []string{prefix, prefix + "x", prefix + "/x"} {
			if image != "" && image == strings.TrimSpace(image) && flavor.Check(image, prefixes).Allowed {
				return image
			}
		}
	}
	return "filler"
}

// containers are those of the Pod with these images, the filler included.
func (row tableRow) containers(images map[string]string, flavor imagepolicy.Flavor) containerList {
	list := containerList{row.kind: sorted(images)}
	if row.kind != imagepolicy.Containers {
		list[imagepolicy.Containers] = []container{{fillerName, row.filler(flavor)}}
	}
	return list
}

type containerList map[string][]container

func pod(namespace, name string, lists containerList) *unstructured.Unstructured {
	spec := map[string]any{}
	for kind, list := range lists {
		containers := []any{}
		for _, c := range list {
			containers = append(containers, map[string]any{"name": c[0], "image": c[1]})
		}
		spec[kind] = containers
	}
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "Pod",
		"metadata": map[string]any{"name": name, "namespace": namespace},
		"spec":     spec,
	}}
}

// judged tells whether the template judges a container of the row's request as
// registry check judges one of a new Pod: nothing is judged that goes, and the
// hardened template judges nothing that stays.
func (row tableRow) judged(flavor imagepolicy.Flavor, kind string, c container) bool {
	switch {
	case row.operation == admissionv1.Delete:
		return false
	case flavor == imagepolicy.FlavorKKP || !row.onOld():
		return true
	}
	return kind == row.kind && row.old[c[0]] != c[1]
}

// tableCount is how much was asked, of the webhook and of registry check.
type tableCount struct{ rows, denials, compared, unasked int }

// agree compares what the webhook said of each container with what registry
// check says.
func (row tableRow) agree(t *testing.T, flavor imagepolicy.Flavor, said decision, checked []reportv1alpha1.CheckedImage, count *tableCount) {
	for _, kind := range kinds {
		for _, c := range row.containers(row.images, flavor)[kind.name] {
			at := slices.IndexFunc(checked, func(i reportv1alpha1.CheckedImage) bool {
				return i.Object.Name == row.podName() && i.ContainerKind == kind.name && i.Container == c[0]
			})
			denied := said.denies(kind.title, c[0])
			if at < 0 || !row.judged(flavor, kind.name, c) {
				count.unasked++
				if denied {
					t.Errorf("%s, %s: the webhook denies what it should not judge: %q", row.name, row.kind, said.messages)
				}
				continue
			}
			count.compared++
			verdict := checked[at]
			if denied != verdict.Denied() {
				t.Errorf("%s, %s: container %s with %s under %q: the webhook denies: %v, registry check: %v, says %q",
					row.name, row.kind, c[0], c[1], row.prefixes, denied, verdict.Denied(), said.messages)
			}
			unseen := flavor == imagepolicy.FlavorKKP && kind.name == imagepolicy.EphemeralContainers
			if verdict.Enforced == unseen {
				t.Errorf("%s, %s: container %s: registry check says enforced: %v", row.name, row.kind, c[0], verdict.Enforced)
			}
		}
	}
}
