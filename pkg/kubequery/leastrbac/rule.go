package leastrbac

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
	"github.com/kubectl-opa/kubectl-opa/pkg/resources"
)

// The verbs of the client: it gets one object, or lists many.
const (
	Get  = "get"
	List = "list"
)

// Rule is one right: to do one thing to one resource at one place.
type Rule struct {
	// Verb is Get or List.
	Verb string
	// Resource is what it is about. RBAC knows groups and no versions, so the
	// version makes no difference.
	Resource resources.Resource
	// Namespace is "" for all namespaces and for cluster-scoped resources.
	Namespace string
	// Name is the one object of a Get, "" for any. A list has none.
	Name string
	// At says where the rule comes from: calls in policies, by file, line and
	// column, and recordings, by file. It is sorted.
	At []manifest.Position
	// Recorded says that no call in the code tells this rule: it is what a
	// recorded run asked, and other inputs may lead to others.
	Recorded bool
}

// String says what the rule allows: `get secrets "ca" in namespace "shop"`.
func (r Rule) String() string {
	text := r.Verb + " " + r.Resource.String()
	if r.Name != "" {
		text += " " + advice.Quote(r.Name)
	}
	switch {
	case r.Namespace != "":
		text += fmt.Sprintf(" in namespace %s", advice.Quote(r.Namespace))
	case r.Resource.Namespaced:
		text += " in all namespaces"
	}
	return text
}

// Covers tells whether whoever has the rule needs the other one no more.
func (r Rule) Covers(other Rule) bool {
	return r.Verb == other.Verb && r.Resource.Group == other.Resource.Group && r.Resource.Name == other.Resource.Name &&
		(r.Namespace == "" || r.Namespace == other.Namespace) && (r.Name == "" || r.Name == other.Name)
}

// compareRules is the order of rules: by resource, place, object and verb.
func compareRules(a, b Rule) int {
	return cmp.Or(
		cmp.Compare(a.Resource.Group, b.Resource.Group), cmp.Compare(a.Resource.Name, b.Resource.Name),
		cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Verb, b.Verb),
	)
}

// Rules are sorted, and none of them covers another one. NewRules makes them.
type Rules []Rule

// NewRules are the fewest of the rules that allow what all of them do. A rule
// that stays takes over the positions of those that it covers.
func NewRules(all ...Rule) Rules {
	same := map[right]Rule{}
	for _, rule := range all {
		if known, ok := same[rule.right()]; ok {
			known.At = slices.Concat(known.At, rule.At)
			known.Recorded = known.Recorded && rule.Recorded
			rule = known
		}
		same[rule.right()] = rule
	}
	rules := map[right]Rule{}
	for _, rule := range same {
		covering := rule.right()
		for _, wider := range covering.wider() {
			if _, ok := same[wider]; ok {
				covering = wider
				break
			}
		}
		kept, ok := rules[covering]
		if !ok {
			kept = same[covering]
		}
		kept.At = slices.Concat(kept.At, rule.At)
		rules[covering] = kept
	}
	sorted := Rules(slices.SortedFunc(maps.Values(rules), compareRules))
	for i := range sorted {
		sorted[i].At = slices.Compact(slices.SortedFunc(slices.Values(sorted[i].At), comparePositions))
	}
	return sorted
}

// right is what makes two rules the same.
type right struct{ verb, group, resource, namespace, name string }

func (r Rule) right() right {
	return right{r.Verb, r.Resource.Group, r.Resource.Name, r.Namespace, r.Name}
}

// wider are the rights that cover one, the widest first.
func (r right) wider() []right {
	everything, anywhere, anything := r, r, r
	everything.namespace, everything.name = "", ""
	anything.name = ""
	anywhere.namespace = ""
	return []right{everything, anything, anywhere}
}

func comparePositions(a, b manifest.Position) int {
	return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
}

// Cover tells whether one of the rules covers a right.
func (r Rules) Cover(right Rule) bool {
	return slices.ContainsFunc(r, func(rule Rule) bool { return rule.Covers(right) })
}
