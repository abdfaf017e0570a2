package conformance

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	utiljson "k8s.io/apimachinery/pkg/util/json"
	"sigs.k8s.io/yaml"
)

// reader knows what the cases share.
type reader struct {
	templates map[string]map[string]any // by the kind of their constraints
	objects   map[string]json.RawMessage
}

// Load reads the cases of all files of a folder, by the files' names. What is not sound in them is an error with the file
// and the case.
func Load(folder fs.FS) ([]Case, error) {
	names, err := fs.Glob(folder, "*.yaml")
	if err != nil {
		return nil, fmt.Errorf("finding cases: %w", err)
	}
	documents := map[string]document{}
	r := &reader{templates: map[string]map[string]any{}, objects: map[string]json.RawMessage{}}
	for _, name := range names {
		d, err := r.read(folder, name)
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", name, err)
		}
		documents[name] = d
	}
	cases := []Case{}
	for _, name := range names {
		seen := map[string]bool{}
		for i, text := range documents[name].Cases {
			id := fmt.Sprintf("%s-%d", strings.TrimSuffix(path.Base(name), ".yaml"), i+1)
			c, err := r.decode(text, id)
			if err == nil && seen[c.Name] {
				err = errors.New("it is there twice")
			}
			if err != nil {
				return nil, fmt.Errorf("reading %s: case %d, %q: %w", name, i+1, c.Name, err)
			}
			seen[c.Name] = true
			cases = append(cases, c)
		}
	}
	if len(cases) == 0 {
		return nil, errors.New("finding cases: there are none")
	}
	return cases, nil
}

// read reads a file and remembers what it shares.
func (s *reader) read(folder fs.FS, name string) (document, error) {
	text, err := fs.ReadFile(folder, name)
	if err != nil {
		return document{}, err
	}
	if bytes.Contains(text, []byte("\n---")) {
		return document{}, errors.New("it has more than one document, and only the first would be read")
	}
	var d document
	if err := yaml.UnmarshalStrict(text, &d); err != nil {
		return document{}, err
	}
	for _, template := range d.Templates {
		kind := kindOf(template)
		if kind == "" || s.templates[kind] != nil {
			return document{}, fmt.Errorf("a template is of the kind %q, which is none or there twice", kind)
		}
		s.templates[kind] = template
	}
	for name, object := range d.Objects {
		if s.objects[name] != nil {
			return document{}, fmt.Errorf("object %q is there twice", name)
		}
		s.objects[name] = object
	}
	return d, nil
}

// kindOf is the kind of a template's constraints.
func kindOf(template map[string]any) string {
	value := any(template)
	for _, key := range []string{"spec", "crd", "spec", "names", "kind"} {
		object, _ := value.(map[string]any)
		value = object[key]
	}
	kind, _ := value.(string)
	return kind
}

func substitute(text []byte, id string) []byte {
	return bytes.ReplaceAll(text, []byte("$case"), []byte(id))
}

// decode completes a case. What it returns beside an error has the name.
func (s *reader) decode(text json.RawMessage, id string) (Case, error) {
	var w writtenCase
	decoder := json.NewDecoder(bytes.NewReader(substitute(text, id)))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&w); err != nil {
		return Case{Name: w.Name}, err
	}
	c := Case{ID: id, Name: w.Name, Points: w.Points, Unseen: w.Unseen, Besides: w.Besides}
	slices.Sort(c.Besides)
	if len(c.Points) == 0 {
		c.Points = points
	}
	if c.Name == "" || len(w.Reviews) == 0 {
		return c, errors.New("it has no name, or no reviews")
	}
	for _, point := range c.Points {
		if !slices.Contains(points, point) {
			return c, fmt.Errorf("there is no point %q", point)
		}
	}
	if err := s.policies(&c, w); err != nil {
		return c, err
	}
	if err := s.surroundings(&c, w); err != nil {
		return c, err
	}
	for i, written := range w.Reviews {
		review, err := s.review(c, written)
		if err == nil {
			err = review.check()
		}
		if err != nil {
			return c, fmt.Errorf("review %d: %w", i+1, err)
		}
		c.Reviews = append(c.Reviews, review)
	}
	return c, nil
}

func (s *reader) policies(c *Case, w writtenCase) error {
	if len(w.Match) > 0 {
		w.Constraints = append(w.Constraints, writtenConstraint{Spec: fmt.Appendf(nil, `{"match": %s}`, w.Match)})
	}
	if len(w.Constraints) == 0 {
		return errors.New("it has neither a match nor constraints")
	}
	seen := map[string]bool{}
	for _, written := range w.Constraints {
		constraint, err := written.object(c.ID)
		if err != nil {
			return err
		}
		c.Constraints = append(c.Constraints, constraint)
		kind := constraint["kind"].(string)
		if s.templates[kind] == nil {
			return fmt.Errorf("there is no template for the kind %q", kind)
		}
		if !seen[kind] {
			c.Templates = append(c.Templates, s.templates[kind])
		}
		seen[kind] = true
	}
	return nil
}

// surroundings are namespaces and other objects. Without a word about namespaces there is one, named like the case.
func (s *reader) surroundings(c *Case, w writtenCase) error {
	if w.Namespaces == nil {
		w.Namespaces = map[string]map[string]string{c.ID: nil}
	}
	for _, name := range slices.Sorted(maps.Keys(w.Namespaces)) {
		labels := map[string]any{"kubernetes.io/metadata.name": name} // as the API server sets it
		for key, value := range w.Namespaces[name] {
			labels[key] = value
		}
		c.Namespaces = append(c.Namespaces, map[string]any{
			"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": name, "labels": labels},
		})
	}
	for i, text := range w.Given {
		var object map[string]any
		if err := utiljson.Unmarshal(text, &object); err != nil {
			return fmt.Errorf("given object %d: %w", i+1, err)
		}
		c.Given = append(c.Given, object)
	}
	return nil
}

func (s *reader) review(c Case, w writtenReview) (Review, error) {
	r := Review{
		Operation: w.Operation, User: w.User, Points: w.Points, Unseen: w.Unseen, FromCache: w.FromCache,
		Answer: Answer{Want: w.Want, Error: w.Error}, Differs: w.Differs,
	}
	if r.Operation == "" {
		r.Operation = Create
	}
	if len(r.Points) == 0 {
		r.Points = c.Points
	}
	if r.Unseen == "" {
		r.Unseen = c.Unseen
	}
	var err error
	if len(w.Object) > 0 {
		if r.Object, err = s.object(w.Object, w.With, c.ID); err != nil {
			return r, err
		}
		w.With = nil
	}
	if len(w.OldObject) > 0 {
		if r.OldObject, err = s.object(w.OldObject, w.With, c.ID); err != nil {
			return r, err
		}
	}
	complete := func(violations []Violation) {
		for i := range violations {
			if violations[i].Constraint == "" {
				violations[i].Constraint = c.ID
			}
			if len(violations[i].Actions) == 0 {
				violations[i].Actions = []string{"deny"}
			}
		}
	}
	complete(r.Answer.Want)
	for _, answer := range r.Differs {
		complete(answer.Want)
	}
	return r, nil
}
