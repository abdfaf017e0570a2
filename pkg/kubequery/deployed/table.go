package deployed

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/validate/content"

	"github.com/kubectl-opa/kubectl-opa/pkg/resources"
)

// Table is what a cluster serves, in the form in which the client in Rego looks
// words up: data.kubernetes.api.resources. It grows by about 150 bytes for each
// version of a resource.
type Table struct {
	// Served are in the order of resources.Index.
	Served []Served `json:"served"`
	// Words are what each lower-case name can mean.
	Words map[string]Meanings `json:"words"`
	// Own are those groups that Kubernetes itself defines.
	Own []string `json:"own"`
	// Unasked are API groups that did not answer, and so may serve more.
	Unasked []string `json:"unasked"`
}

// Served is one resource in one version.
type Served struct {
	// Group is "" for the core group.
	Group      string `json:"group"`
	Version    string `json:"version"`
	Name       string `json:"name"`
	Namespaced bool   `json:"namespaced"`
}

// Meanings are the places in Table.Served of what a word can mean. What is in
// one of them is not in those after it.
type Meanings struct {
	// Names are those whose plural or singular it is.
	Names []int `json:"names,omitempty"`
	// Short are those whose short name it is.
	Short []int `json:"short,omitempty"`
	// Kinds are those whose kind it is, in lower case.
	Kinds []int `json:"kinds,omitempty"`
}

// NewTable makes the table of an index. What no URL can have is left out.
func NewTable(x *resources.Index) Table {
	t := Table{Served: []Served{}, Words: map[string]Meanings{}, Own: []string{}, Unasked: append([]string{}, x.Unasked...)}
	for _, each := range x.Names() {
		r := each.Resource
		if !isSegment(r.Version) || !isSegment(r.Name) || r.Group != "" && !isSegment(r.Group) {
			continue
		}
		i := len(t.Served)
		t.Served = append(t.Served, Served{Group: r.Group, Version: r.Version, Name: r.Name, Namespaced: r.Namespaced})
		if x.Own(r.Group) && !slices.Contains(t.Own, r.Group) {
			t.Own = append(t.Own, r.Group)
		}
		for _, word := range []string{r.Name, each.Singular} {
			t.mean(word, i, func(m *Meanings) *[]int { return &m.Names })
		}
		for _, word := range each.Short {
			t.mean(word, i, func(m *Meanings) *[]int { return &m.Short })
		}
		t.mean(strings.ToLower(r.Kind), i, func(m *Meanings) *[]int { return &m.Kinds })
	}
	return t
}

// isSegment tells whether a value can be one segment of a path.
func isSegment(value string) bool {
	return value != "" && len(content.IsPathSegmentName(value)) == 0
}

// mean adds a resource to what a word can mean, unless it is there.
func (t *Table) mean(word string, i int, kind func(*Meanings) *[]int) {
	m := t.Words[word]
	if word == "" || slices.Contains(m.Names, i) || slices.Contains(m.Short, i) || slices.Contains(m.Kinds, i) {
		return
	}
	places := kind(&m)
	*places = append(*places, i)
	t.Words[word] = m
}
