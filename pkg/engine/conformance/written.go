package conformance

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	utiljson "k8s.io/apimachinery/pkg/util/json"
)

// document is a file as it is written.
type document struct {
	// Templates are there for the constraints of all files, which name them by their kind.
	Templates []map[string]any `json:"templates"`
	// Objects are there for the reviews of all files, which name them.
	Objects map[string]json.RawMessage `json:"objects"`
	Cases   []json.RawMessage          `json:"cases"`
}

// writtenCase is a case as it is written.
type writtenCase struct {
	Name   string  `json:"name"`
	Points []Point `json:"points"`
	Unseen string  `json:"unseen"`
	// Match is short for a single constraint that hits each object.
	Match       json.RawMessage              `json:"match"`
	Constraints []writtenConstraint          `json:"constraints"`
	Namespaces  map[string]map[string]string `json:"namespaces"`
	Given       []json.RawMessage            `json:"given"`
	Reviews     []writtenReview              `json:"reviews"`
	Besides     []string                     `json:"besides"`
}

type writtenConstraint struct {
	// Kind is that of the template; Hit if it is empty.
	Kind string `json:"kind"`
	// Name is the ID of the case if it is empty.
	Name string `json:"name"`
	// Spec is as it is; the parameter of the case is added to it.
	Spec json.RawMessage `json:"spec"`
}

type writtenReview struct {
	// Object and OldObject are names of shared objects, or objects.
	Object    json.RawMessage `json:"object"`
	OldObject json.RawMessage `json:"oldObject"`
	// With is merged into the object, and into the old one where there is no other.
	With json.RawMessage `json:"with"`

	Operation string           `json:"operation"`
	User      string           `json:"user"`
	Points    []Point          `json:"points"`
	Unseen    string           `json:"unseen"`
	FromCache bool             `json:"fromCache"`
	Want      []Violation      `json:"want"`
	Error     []string         `json:"error"`
	Differs   map[Point]Answer `json:"differs"`
}

// hit is the kind of the template that hits each object of its case, with the message "hit".
const hit = "ConformHit"

// UnmarshalJSON takes a text for the message of a violation.
func (v *Violation) UnmarshalJSON(text []byte) error {
	if len(text) > 0 && text[0] == '"' {
		return json.Unmarshal(text, &v.Message)
	}
	type plain Violation
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	return decoder.Decode((*plain)(v))
}

func (w writtenConstraint) object(id string) (map[string]any, error) {
	spec := map[string]any{}
	if len(w.Spec) > 0 {
		if err := utiljson.Unmarshal(w.Spec, &spec); err != nil {
			return nil, fmt.Errorf("constraint %s: %w", w.Name, err)
		}
	}
	parameters, _ := spec["parameters"].(map[string]any)
	if parameters == nil {
		parameters = map[string]any{}
	}
	parameters[Annotation] = id
	spec["parameters"] = parameters
	if w.Kind == "" {
		w.Kind = hit
	}
	if w.Name == "" {
		w.Name = id
	}
	return map[string]any{
		"apiVersion": "constraints.gatekeeper.sh/v1beta1", "kind": w.Kind,
		"metadata": map[string]any{"name": w.Name}, "spec": spec,
	}, nil
}

// object reads an object or finds a shared one, merges something into it, and marks it.
func (s *reader) object(text, with json.RawMessage, id string) (map[string]any, error) {
	var name string
	if json.Unmarshal(text, &name) == nil {
		shared, known := s.objects[name]
		if !known {
			return nil, fmt.Errorf("there is no object %q", name)
		}
		text = substitute(shared, id)
	}
	var object, more map[string]any
	if err := utiljson.Unmarshal(text, &object); err != nil {
		return nil, err
	}
	if len(with) > 0 {
		if err := utiljson.Unmarshal(with, &more); err != nil {
			return nil, err
		}
	}
	merge(object, more)
	merge(object, map[string]any{"metadata": map[string]any{"annotations": map[string]any{Annotation: id}}})
	return object, nil
}

// merge merges maps into maps; null removes.
func merge(object, more map[string]any) {
	for _, key := range slices.Sorted(maps.Keys(more)) {
		was, isMap := object[key].(map[string]any)
		is, canMerge := more[key].(map[string]any)
		switch {
		case more[key] == nil:
			delete(object, key)
		case isMap && canMerge:
			merge(was, is)
		case canMerge:
			fresh := map[string]any{}
			merge(fresh, is)
			object[key] = fresh
		default:
			object[key] = more[key]
		}
	}
}

// check tells what a review lacks or has too much of.
func (r Review) check() error {
	switch {
	case len(r.Points) == 0:
		return errors.New("it is at no point")
	case r.Object == nil && r.Operation != Delete:
		return errors.New("it has no object")
	case !slices.Contains([]string{Create, Update, Delete}, r.Operation):
		return fmt.Errorf("there is no operation %q", r.Operation)
	case (r.Operation != Create || r.User != "") && !slices.Equal(r.Points, []Point{Webhook}):
		return errors.New("only the webhook knows operations and users")
	case r.FromCache && (!slices.Equal(r.Points, []Point{Audit}) || r.Unseen == ""):
		return errors.New("only the audit has a cache, and the one that runs does not use it")
	}
	for _, answer := range append(slices.Collect(maps.Values(r.Differs)), r.Answer) {
		if len(answer.Want) > 0 && len(answer.Error) > 0 {
			return errors.New("it wants violations and an error")
		}
	}
	for point, answer := range r.Differs {
		if answer.Why == "" || !r.At(point) {
			return fmt.Errorf("the answer that differs at %q has no reason, or the review is not one of that point", point)
		}
	}
	return nil
}
