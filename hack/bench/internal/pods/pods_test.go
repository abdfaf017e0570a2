package pods

import (
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
)

// TestPodsDiffer wants names, UIDs and addresses that are nobody else's, and as
// many images, namespaces and teams as there are to be.
func TestPodsDiffer(t *testing.T) {
	seen := map[string]int{}
	kinds := map[string]map[string]bool{"image": {}, "namespace": {}, "team": {}, "containers": {}}
	const count = 50_000
	for number := range count {
		w := Company.workload(number)
		for _, key := range []string{Company.Name(number).String(), string(uid(number)), address(number)} {
			if other, there := seen[key]; there {
				t.Fatalf("pods %d and %d both have %s", other, number, key)
			}
			seen[key] = number
		}
		for _, image := range append(w.images, w.init) {
			kinds["image"][image] = true
		}
		kinds["namespace"][w.namespace], kinds["team"][w.team] = true, true
		kinds["containers"][strconv.Itoa(len(w.images))] = true
	}
	found := map[string]int{}
	for kind, values := range kinds {
		found[kind] = len(values)
	}
	// Of the images, "" is that of the init containers that there are not.
	if diff := cmp.Diff(map[string]int{"image": images + 1, "namespace": namespaces, "team": len(teams), "containers": 3}, found); diff != "" {
		t.Error(diff)
	}
}

// TestSameAgain wants the same Pods in every run.
func TestSameAgain(t *testing.T) {
	for _, number := range []int{0, 1, 399, 400, 19_999} {
		again := Set{Workloads: 400}
		if diff := cmp.Diff(Company.New(number, "uid"), again.New(number, "uid")) + cmp.Diff(Company.Status(number), again.Status(number)); diff != "" {
			t.Error(diff)
		}
	}
	want := "accounts-0/accounts-api-0-"
	if got := Company.Name(0).String(); got[:len(want)] != want {
		t.Errorf("the first pod is %s, want %s…", got, want)
	}
}

// TestStatusFits wants a status of the containers that there are.
func TestStatusFits(t *testing.T) {
	for number := range Company.Workloads {
		spec, status := Company.New(number, "").Spec, Company.Status(number)
		for _, both := range []struct {
			containers []corev1.Container
			statuses   []corev1.ContainerStatus
		}{{spec.Containers, status.ContainerStatuses}, {spec.InitContainers, status.InitContainerStatuses}} {
			names, told := map[string]string{}, map[string]string{}
			for _, c := range both.containers {
				names[c.Name] = c.Image
			}
			for _, s := range both.statuses {
				told[s.Name] = s.Image
			}
			if diff := cmp.Diff(names, told); diff != "" || len(names) != len(both.containers) {
				t.Errorf("pod %d: %s", number, diff)
			}
		}
	}
}
