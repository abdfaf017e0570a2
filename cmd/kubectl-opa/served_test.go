package main

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/kubectl-opa/kubectl-opa/pkg/testcluster"
)

// servedTable is what "query --from" takes for served by every API server.
const servedTable = root + "/pkg/resources/builtin.json"

// TestServed wants "query --from" to be like a real API server: it knows the
// same resources, and answers alike.
func TestServed(t *testing.T) {
	cluster := startCluster(t, testcluster.Options{})
	t.Run("resources", func(t *testing.T) { likeResources(t, cluster) })
	t.Run("answers", func(t *testing.T) { likeAnswers(t, cluster) })
}

// likeResources wants the table to say what the API server says. -update
// writes it anew.
func likeResources(t *testing.T, cluster *testcluster.Cluster) {
	got := served(t, cluster)
	if *update {
		if err := os.WriteFile(servedTable, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(servedTable)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(got), string(want)); diff != "" {
		t.Errorf("the API server (-) and %s (+) differ; -update writes the table:\n%s", servedTable, diff)
	}
}

func connection(t *testing.T, cluster *testcluster.Cluster) *rest.Config {
	t.Helper()
	config, err := clientcmd.BuildConfigFromFlags("", cluster.Kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	return config
}

// served is the table of what a cluster serves, one resource a line: foremost
// group first, in each group the preferred version first.
func served(t *testing.T, cluster *testcluster.Cluster) []byte {
	t.Helper()
	client, err := discovery.NewDiscoveryClientForConfig(connection(t, cluster))
	if err != nil {
		t.Fatal(err)
	}
	groups, lists, err := client.ServerGroupsAndResources()
	if err != nil {
		t.Fatal(err)
	}
	resources := map[string][]string{}
	for _, list := range lists {
		for _, resource := range list.APIResources {
			if !strings.Contains(resource.Name, "/") {
				resources[list.GroupVersion] = append(resources[list.GroupVersion], line(t, reading(resource)))
			}
		}
	}
	versions := []string{}
	for _, group := range groups {
		rank := map[metav1.GroupVersionForDiscovery]int{group.PreferredVersion: -1}
		slices.SortStableFunc(group.Versions, func(a, b metav1.GroupVersionForDiscovery) int { return rank[a] - rank[b] })
		for _, version := range group.Versions {
			versions = append(versions, fmt.Sprintf("{\"group\": %q, \"version\": %q, \"resources\": [\n%s\n]}",
				group.Name, version.Version, strings.Join(resources[version.GroupVersion], ",\n")))
		}
	}
	return fmt.Appendf(nil, "{\n\"kubernetes\": %q,\n\"own\": %s,\n\"versions\": [\n%s\n]\n}\n",
		cluster.Version, line(t, ownGroups()), strings.Join(versions, ",\n"))
}

// reading is what of a resource matters to those who only read.
func reading(r metav1.APIResource) metav1.APIResource {
	verbs := metav1.Verbs{}
	for _, verb := range r.Verbs {
		if verb == "get" || verb == "list" {
			verbs = append(verbs, verb)
		}
	}
	return metav1.APIResource{
		Name: r.Name, SingularName: r.SingularName, Namespaced: r.Namespaced, Kind: r.Kind, Verbs: verbs, ShortNames: r.ShortNames,
	}
}

// ownGroups are the groups that pkg/kube takes for those of Kubernetes itself.
func ownGroups() []string {
	groups := []string{}
	for _, version := range scheme.Scheme.PrioritizedVersionsAllGroups() {
		groups = append(groups, version.Group)
	}
	slices.Sort(groups)
	return slices.Compact(groups)
}

func line(t *testing.T, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
