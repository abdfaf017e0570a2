package fields

import (
	"fmt"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/selection"
)

// operators are kubectl's operators, and what a label selector calls them.
var operators = map[selection.Operator]metav1.LabelSelectorOperator{
	selection.Equals:       metav1.LabelSelectorOpIn,
	selection.DoubleEquals: metav1.LabelSelectorOpIn,
	selection.In:           metav1.LabelSelectorOpIn,
	selection.NotEquals:    metav1.LabelSelectorOpNotIn,
	selection.NotIn:        metav1.LabelSelectorOpNotIn,
	selection.Exists:       metav1.LabelSelectorOpExists,
	selection.DoesNotExist: metav1.LabelSelectorOpDoesNotExist,
}

// parseLabels reads a selector in kubectl's text form. metav1's own reader
// refuses != and keeps only one half of "a=1,a=2".
func parseLabels(text string) (*metav1.LabelSelector, error) {
	requirements, err := labels.ParseToRequirements(text)
	if err != nil {
		return nil, err
	}
	selector := &metav1.LabelSelector{}
	for _, requirement := range requirements {
		key, values := requirement.Key(), requirement.ValuesUnsorted()
		operator, known := operators[requirement.Operator()]
		if !known {
			return nil, fmt.Errorf("label selectors have no %q", requirement.Operator())
		}
		equals := operator == metav1.LabelSelectorOpIn && requirement.Operator() != selection.In
		if _, twice := selector.MatchLabels[key]; equals && !twice {
			selector = metav1.AddLabelToSelector(selector, key, values[0])
			continue
		}
		slices.Sort(values)
		selector.MatchExpressions = append(selector.MatchExpressions,
			metav1.LabelSelectorRequirement{Key: key, Operator: operator, Values: values})
	}
	return selector, nil
}
