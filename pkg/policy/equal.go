package policy

import (
	"encoding/json"
	"math"

	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	utiljson "k8s.io/apimachinery/pkg/util/json"

	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
)

// EqualSpec tells whether two specs mean the same to KKP and Gatekeeper, such
// as those of a Default Constraint and of a cluster's copy of it. Absent means
// the same as empty, an absent action deny, an absent scope *; parameters are
// compared as JSON values. The order of lists matters.
func EqualSpec(a, b kubermaticv1.ConstraintSpec) bool {
	return equality.Semantic.DeepEqual(meaningOf(a), meaningOf(b))
}

// meaning is a spec in which what means the same is the same, but for lists
// and maps that are nil in one and empty in the other.
type meaning struct {
	Spec       kubermaticv1.ConstraintSpec
	Match      kubermaticv1.Match
	Selector   kubermaticv1.ClusterSelector
	Parameters map[string]any
}

func meaningOf(spec kubermaticv1.ConstraintSpec) meaning {
	m := meaning{Spec: spec}
	if spec.EnforcementAction == "" {
		m.Spec.EnforcementAction = "deny"
	}
	if spec.Match != nil {
		m.Match = *spec.Match
	}
	if m.Match.Scope == "" {
		m.Match.Scope = "*"
	}
	m.Match.LabelSelector = presentSelector(m.Match.LabelSelector)
	m.Match.NamespaceSelector = presentSelector(m.Match.NamespaceSelector)
	if spec.Selector != nil {
		m.Selector = *spec.Selector
	}
	m.Selector.LabelSelector = presentSelector(m.Selector.LabelSelector)
	m.Spec.Match, m.Spec.Selector = nil, nil
	if values, ok := jsonParameters(spec); ok {
		m.Parameters, m.Spec.Parameters = values, nil
	}
	return m
}

func presentSelector(selector *metav1.LabelSelector) *metav1.LabelSelector {
	if selector == nil {
		return &metav1.LabelSelector{}
	}
	return selector
}

// jsonParameters are the parameters as Gatekeeper gets them; not ok means that
// they are no JSON and can only be compared as they stand.
func jsonParameters(spec kubermaticv1.ConstraintSpec) (values map[string]any, ok bool) {
	unfolded, err := parameters(spec.Parameters)
	if err != nil {
		unfolded = spec.Parameters
	}
	data, err := json.Marshal(unfolded)
	if err != nil {
		return nil, false
	}
	if err := utiljson.Unmarshal(data, &values); err != nil {
		return nil, false
	}
	for name, value := range values {
		values[name] = wholeNumbers(value)
	}
	return values, true
}

// wholeNumbers turns 1.0 into 1: an API server keeps the one or the other,
// whatever was sent.
func wholeNumbers(value any) any {
	const exact = 1 << 53
	switch value := value.(type) {
	case float64:
		if value == math.Trunc(value) && math.Abs(value) < exact {
			return int64(value)
		}
	case map[string]any:
		for name, inner := range value {
			value[name] = wholeNumbers(inner)
		}
	case []any:
		for i, inner := range value {
			value[i] = wholeNumbers(inner)
		}
	}
	return value
}
