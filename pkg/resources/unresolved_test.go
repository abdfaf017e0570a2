package resources

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestNearest(t *testing.T) {
	names := []string{"pods", "podtemplates", "deployments", "daemonsets", "services", "serviceaccounts", "nodes", "nodes"}
	for word, want := range map[string][]string{
		"pod":                     {"pods", "podtemplates"},
		"Podz":                    {"pods"},
		"deploymnts":              {"deployments"},
		"service":                 {"serviceaccounts", "services"},
		"nodse":                   {"nodes", "pods"},
		"zebras":                  {},
		"":                        {},
		strings.Repeat("p", 1000): {},
	} {
		t.Run(word[:min(len(word), 40)], func(t *testing.T) {
			if diff := cmp.Diff(want, append([]string{}, Nearest(word, names)...)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestNoEnd wants a suggestion that no word can mean to be passed over.
func TestNoEnd(t *testing.T) {
	index := NewIndex(func(string) bool { return false },
		[]*metav1.APIGroup{{Name: "x", Versions: []metav1.GroupVersionForDiscovery{{GroupVersion: "x/v1", Version: "v1"}}}},
		[]*metav1.APIResourceList{{GroupVersion: "x/v1", APIResources: []metav1.APIResource{{Name: "one.two"}, {Name: "ones", Kind: "One"}}}})
	_, err := index.Resolve("onez")
	if diff := cmp.Diff(&UnknownError{Word: "onez", Nearest: []string{"ones.x"}}, err); diff != "" {
		t.Error(diff)
	}
	_, err = index.Resolve("one.two")
	if diff := cmp.Diff(&UnknownError{Word: "one.two", Nearest: []string{"ones.x"}}, err); diff != "" {
		t.Error(diff)
	}
}

func TestUnresolvedErrors(t *testing.T) {
	for want, err := range map[string]error{
		`the server has no resource "podz"`:                                                    &UnknownError{Word: "podz"},
		`the server has no resource "podz"; nearest: pods, nodes`:                              &UnknownError{Word: "podz", Nearest: []string{"pods", "nodes"}},
		`the server has no resource "x" (but the API groups metrics.k8s.io/v1 did not answer)`: &UnknownError{Word: "x", Unasked: []string{"metrics.k8s.io/v1"}},
		`resource "c" is ambiguous; write one of: c.a, c.b`:                                    &AmbiguousError{Word: "c", Candidates: []string{"c.a", "c.b"}},
	} {
		if diff := cmp.Diff(want, err.Error()); diff != "" {
			t.Error(diff)
		}
	}
}
