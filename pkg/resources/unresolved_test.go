package resources

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
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
