package manifests

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"
)

var four = []Fault{Labels, Repos, Probes, Limits}

func write(t *testing.T, format Format, objects iter.Seq[runtime.Object]) string {
	t.Helper()
	var text bytes.Buffer
	if err := Write(&text, Documents(format, objects)); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

// TestFormats wants the same objects in both formats, and the same in every run.
func TestFormats(t *testing.T) {
	for name, objects := range map[string]iter.Seq[runtime.Object]{"pods": Pods{Count: 200, Every: 2, Faults: four}.All(), "mixed": Mixed(200)} {
		lines := strings.Split(strings.TrimSuffix(write(t, JSON, objects), "\n"), "\n")
		documents := strings.Split(write(t, YAML, objects), "---\n")[1:]
		if len(lines) != 200 || len(documents) != 200 || !strings.Contains(documents[0], "\nmetadata:\n") {
			t.Fatalf("%s: %d lines, %d documents, the first is\n%s", name, len(lines), len(documents), documents[0])
		}
		for i := range lines {
			var one, other any
			if err := errors.Join(json.Unmarshal([]byte(lines[i]), &one), yaml.Unmarshal([]byte(documents[i]), &other)); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(one, other); diff != "" {
				t.Fatal(name, i, diff)
			}
		}
		if write(t, YAML, objects) != "---\n"+strings.Join(documents, "---\n") {
			t.Errorf("%s: the second run writes something else", name)
		}
	}
}

// TestPodDocuments wants the texts that are made fast to be what the others are.
func TestPodDocuments(t *testing.T) {
	p := Pods{Count: 1000, Every: 3, Faults: append(four, Privilege)}
	unlike := p
	unlike.Unlike = true
	for _, p := range []Pods{p, unlike} {
		for _, format := range []Format{JSON, YAML} {
			var text bytes.Buffer
			if err := Write(&text, p.Documents(format)); err != nil {
				t.Fatal(err)
			}
			if write(t, format, p.All()) != text.String() {
				t.Errorf("in %s they differ, unlike each other: %t", format, p.Unlike)
			}
		}
	}
}

// TestSize wants Pods of the size that the documentation tells.
func TestSize(t *testing.T) {
	const count = 400
	size := len(write(t, JSON, Pods{Count: count, Every: 100, Faults: four}.All())) / count
	if size < 1250 || size > 1500 {
		t.Errorf("a pod has %d bytes", size)
	}
}

// kindOf is what an object is and what it is called.
func kindOf(object runtime.Object) (kind, name string) {
	o := object.(metav1.Object)
	return object.GetObjectKind().GroupVersionKind().Kind, o.GetNamespace() + "/" + o.GetName()
}

// TestMixed wants as many of each kind, and no two with one name.
func TestMixed(t *testing.T) {
	counts, seen := map[string]int{}, map[string]bool{}
	for object := range Mixed(1000) {
		kind, name := kindOf(object)
		counts[kind]++
		if seen[kind+name] {
			t.Errorf("there are two of %s %s", kind, name)
		}
		seen[kind+name] = true
	}
	want := map[string]int{
		"Namespace": 100, "Deployment": 100, "Service": 100, "ConfigMap": 100, "Ingress": 100,
		"Role": 100, "RoleBinding": 100, "CronJob": 100, "PersistentVolumeClaim": 100, "Pod": 100,
	}
	if diff := cmp.Diff(want, counts); diff != "" {
		t.Error(diff)
	}
}

func TestFound(t *testing.T) {
	for _, tc := range []struct {
		pods  Pods
		want  map[string]int
		first string
	}{
		{Pods{Count: 10_000, Every: 100, Faults: four}, map[string]int{"K8sRequiredLabels": 25, "K8sAllowedRepos": 25, "K8sRequiredProbes": 25, "K8sContainerLimits": 25}, "catalog-0/catalog-scheduler-42-"},
		{Pods{Count: 100, Every: 1, Faults: []Fault{Labels, Privilege}}, map[string]int{"K8sRequiredLabels": 50, "K8sNoPrivilegeEscalation": 50}, "accounts-0/accounts-api-0-"},
		{Pods{Count: 42, Every: 100, Faults: four}, map[string]int{}, "catalog-0/catalog-scheduler-42-"},
	} {
		if diff := cmp.Diff(tc.want, tc.pods.Found()); diff != "" || !strings.HasPrefix(tc.pods.First().String(), tc.first) {
			t.Errorf("%+v: the first is %s\n%s", tc.pods, tc.pods.First(), diff)
		}
	}
}

// TestUnlike wants no two Pods to have the same labels, or containers of the same
// names, and the same faults as others have.
func TestUnlike(t *testing.T) {
	p := Pods{Count: 1000, Every: 100, Faults: four, Unlike: true}
	seen, faulty := map[string]int{}, 0
	for object := range p.All() {
		pod := object.(*corev1.Pod)
		seen[fmt.Sprint(pod.Labels)]++
		seen[fmt.Sprint(pod.Spec.Containers[0].Name, pod.Spec.Containers[1].Name)]++
		if pod.Labels[ownerLabel] == "" {
			faulty++
		}
	}
	if len(seen) != 2*p.Count || faulty != 3 {
		t.Errorf("%d different labels and names, %d Pods without an owner", len(seen), faulty)
	}
}

// TestFaults wants each Pod that is counted to differ from a sound one, and the
// first of them to be the one that is named.
func TestFaults(t *testing.T) {
	p := Pods{Count: 1000, Every: 100, Faults: append(four, Privilege)}
	number, faulty, first := 0, 0, ""
	for object := range p.All() {
		if !cmp.Equal(sound(number), object.(*corev1.Pod)) {
			if faulty++; first == "" {
				_, first = kindOf(object)
			}
		}
		number++
	}
	if number != 1000 || faulty != 10 || first != p.First().String() {
		t.Errorf("of %d pods %d have faults, first %s, want %s", number, faulty, first, p.First())
	}
}

// TestWriteEnds wants an error of the output to end a long stream.
func TestWriteEnds(t *testing.T) {
	input, output := io.Pipe()
	_ = input.Close()
	err := Write(output, Pods{Count: 1 << 40, Every: 100, Faults: four}.Documents(JSON))
	if want := "writing objects: io: read/write on closed pipe"; err == nil || err.Error() != want {
		t.Errorf("want %s, found %v", want, err)
	}
}
