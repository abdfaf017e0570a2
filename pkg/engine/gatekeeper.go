package engine

import (
	"encoding/json"
	"fmt"

	"github.com/open-policy-agent/frameworks/constraint/pkg/core/constraints"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/mutation/match"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/target"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// gatekeeper is Gatekeeper's target. It takes reviews that are decoded, too.
type gatekeeper struct{ target.K8sValidationTarget }

// HandleReview makes the review that matchers and drivers get.
func (g *gatekeeper) HandleReview(object any) (bool, any, error) {
	if review, ok := object.(*decoded); ok {
		return true, review, nil
	}
	return g.K8sValidationTarget.HandleReview(object)
}

// ToMatcher makes the matcher of a constraint.
func (g *gatekeeper) ToMatcher(constraint *unstructured.Unstructured) (constraints.Matcher, error) {
	own, err := g.K8sValidationTarget.ToMatcher(constraint)
	if err != nil {
		return nil, err
	}
	namespaces, ok := g.GetCache().(namespaces)
	criteria, found, err := unstructured.NestedMap(constraint.Object, "spec", "match")
	if err != nil || !found || !ok {
		// Without criteria it looks at nothing.
		return own, err
	}
	text, err := json.Marshal(criteria)
	if err != nil {
		return nil, fmt.Errorf("reading spec.match: %w", err)
	}
	m := &matcher{Matcher: own, namespaces: namespaces}
	if err := json.Unmarshal(text, &m.criteria); err != nil {
		return nil, fmt.Errorf("reading spec.match: %w", err)
	}
	return m, nil
}

// namespaces are those of the inventory.
type namespaces interface {
	GetNamespace(name string) *corev1.Namespace
}

// matcher is Gatekeeper's matcher of a constraint, which would read the object
// once more, out of JSON: a decoded review goes to Gatekeeper's criteria as it is.
type matcher struct {
	constraints.Matcher
	criteria   match.Match
	namespaces namespaces
}

// Match tells whether the constraint is about what is reviewed. The errors are
// Gatekeeper's.
func (m *matcher) Match(review any) (bool, error) {
	decoded, ok := review.(*decoded)
	if !ok {
		return m.Matcher.Match(review)
	}
	namespace := decoded.Namespace
	if namespace == nil && decoded.described.Namespace != "" {
		namespace = m.namespaces.GetNamespace(decoded.described.Namespace)
	}
	matched, err := match.Matches(&m.criteria, &match.Matchable{Object: decoded.Manifest, Namespace: namespace, Source: decoded.source()})
	if err == nil {
		return matched, nil
	}
	plain, err := decoded.plain()
	if err != nil {
		return false, err
	}
	return m.Matcher.Match(plain)
}
