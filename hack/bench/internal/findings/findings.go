// Package findings reads what programs found, one finding after the other, and
// compares it.
package findings

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// A Finding is one violation of one constraint.
type Finding struct {
	Kind       string // of the constraint
	Constraint string // its name
	Object     string // apiVersion, kind, namespace and name
	Message    string
}

// result is a finding as "gator test -o json" has it.
type result struct {
	Message    string `json:"msg"`
	Constraint struct {
		Kind     string            `json:"kind"`
		Metadata metav1.ObjectMeta `json:"metadata"`
	} `json:"constraint"`
	Object metav1.PartialObjectMetadata `json:"violatingObject"`
}

// Read reads what "gator test -o json" prints and returns it sorted. Where
// nothing is found that is null, or nothing at all.
func Read(in io.Reader) ([]Finding, error) {
	decoder := json.NewDecoder(in)
	found := []Finding{}
	start, err := decoder.Token()
	if err == nil && start == nil || errors.Is(err, io.EOF) {
		return found, nil
	}
	if err == nil && start != json.Delim('[') {
		err = fmt.Errorf("it starts with %v, not with [", start)
	}
	for err == nil && decoder.More() {
		var r result
		if err = decoder.Decode(&r); err == nil {
			object := fmt.Sprintf("%s %s %s/%s", r.Object.APIVersion, r.Object.Kind, r.Object.Namespace, r.Object.Name)
			found = append(found, Finding{r.Constraint.Kind, r.Constraint.Metadata.Name, object, r.Message})
		}
	}
	if err == nil {
		_, err = decoder.Token() // the closing bracket
	}
	if err != nil {
		return nil, fmt.Errorf("reading findings: %w", err)
	}
	slices.SortFunc(found, compare)
	return found, nil
}

func compare(a, b Finding) int {
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Constraint, b.Constraint), cmp.Compare(a.Object, b.Object), cmp.Compare(a.Message, b.Message))
}

// Compare wants two sorted lists to be the same. The error names the first
// finding that only one has.
func Compare(want, got []Finding) error {
	for i := range max(len(want), len(got)) {
		switch {
		case i == len(want) || i < len(got) && compare(got[i], want[i]) < 0:
			return fmt.Errorf("comparing findings: nobody else found %+v", got[i])
		case i == len(got) || compare(got[i], want[i]) > 0:
			return fmt.Errorf("comparing findings: it has not found %+v", want[i])
		}
	}
	return nil
}

// ByKind counts findings by the kind of their constraint.
func ByKind(found []Finding) map[string]int {
	counts := map[string]int{}
	for _, f := range found {
		counts[f.Kind]++
	}
	return counts
}
