package policy

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Scoped is the action of a constraint that has one for each enforcement point.
const Scoped = "scoped"

// EnforcementPoints are the short names of Gatekeeper's enforcement points.
var EnforcementPoints = []string{"webhook", "audit", "gator", "vap", "*"}

// points are the full names.
var points = map[string]string{
	"webhook": "validation.gatekeeper.sh",
	"audit":   "audit.gatekeeper.sh",
	"gator":   "gator.gatekeeper.sh",
	"vap":     "vap.k8s.io",
	"*":       "*",
}

// Webhook is the full name of the point where objects are admitted or denied.
const Webhook = "validation.gatekeeper.sh"

// At is the action that is taken at a point of this full name, the strictest
// of several; empty where there is none.
func (e Enforcement) At(point string) string {
	if e.Action != Scoped {
		return e.String()
	}
	strictest := ""
	for _, scoped := range e.Scoped {
		here := slices.ContainsFunc(scoped.Points, func(p Point) bool { return p.Name == point || p.Name == "*" })
		if here && slices.Index(strictness, scoped.Action) > slices.Index(strictness, strictest) {
			strictest = scoped.Action
		}
	}
	return strictest
}

var strictness = []string{"dryrun", "warn", "deny"}

// EnforcementPoint is the full name of an enforcement point of either name.
func EnforcementPoint(name string) (full string, known bool) {
	if full, known := points[name]; known {
		return full, true
	}
	for _, full := range points {
		if full == name {
			return full, true
		}
	}
	return "", false
}

// Enforcement says what a violation of a constraint does.
type Enforcement struct {
	// Action is deny, warn, dryrun or Scoped; empty means deny.
	Action string `json:"enforcementAction,omitempty"`
	// Scoped are the actions of each point, where the action is Scoped.
	Scoped []ScopedAction `json:"scopedEnforcementActions,omitempty"`
}

// ScopedAction is an action and the points where it is taken.
type ScopedAction struct {
	Action string  `json:"action"`
	Points []Point `json:"enforcementPoints,omitempty"`
}

// Point is an enforcement point by its full name.
type Point struct {
	Name string `json:"name"`
}

// Add adds a point to those that have an action.
func (e *Enforcement) Add(action, point string) {
	i := slices.IndexFunc(e.Scoped, func(s ScopedAction) bool { return s.Action == action })
	if i < 0 {
		e.Scoped = append(e.Scoped, ScopedAction{Action: action})
		i = len(e.Scoped) - 1
	}
	e.Scoped[i].Points = append(e.Scoped[i].Points, Point{Name: point})
}

// String says it for people: deny, or webhook=deny,audit=warn.
func (e Enforcement) String() string {
	if e.Action != Scoped {
		if e.Action == "" {
			return "deny"
		}
		return e.Action
	}
	parts := []string{}
	for _, scoped := range e.Scoped {
		for _, point := range scoped.Points {
			short := point.Name
			for _, name := range EnforcementPoints {
				if points[name] == point.Name {
					short = name
				}
			}
			parts = append(parts, short+"="+scoped.Action)
		}
	}
	if len(parts) == 0 {
		return "nowhere"
	}
	return strings.Join(parts, ",")
}

// check refuses what Gatekeeper takes for "enforce nothing".
func (e Enforcement) check() error {
	switch {
	case e.Action == Scoped:
		return e.checkScoped()
	case e.Action != "" && !slices.Contains(EnforcementActions, e.Action):
		return &FieldError{Path: []any{"spec", "enforcementAction"},
			Problem: fmt.Sprintf("is %q, want one of %s or %s: Gatekeeper would enforce nothing", e.Action, strings.Join(EnforcementActions, ", "), Scoped)}
	case len(e.Scoped) > 0:
		return &FieldError{Path: []any{"spec", "scopedEnforcementActions"},
			Problem: fmt.Sprintf("does not count, as enforcementAction is %s and not %s", e, Scoped)}
	}
	return nil
}

func (e Enforcement) checkScoped() error {
	path := []any{"spec", "scopedEnforcementActions"}
	if len(e.Scoped) == 0 {
		return &FieldError{Path: path, Problem: "is empty: Gatekeeper would enforce nothing"}
	}
	for i, scoped := range e.Scoped {
		if !slices.Contains(EnforcementActions, scoped.Action) {
			return &FieldError{Path: append(path, i, "action"),
				Problem: fmt.Sprintf("is %q, want one of %s", scoped.Action, strings.Join(EnforcementActions, ", "))}
		}
		if len(scoped.Points) == 0 {
			return &FieldError{Path: append(path, i, "enforcementPoints"), Problem: "is empty: the action is taken nowhere"}
		}
		for j, point := range scoped.Points {
			if _, known := EnforcementPoint(point.Name); !known || points[point.Name] != "" && point.Name != "*" {
				return &FieldError{Path: append(path, i, "enforcementPoints", j, "name"),
					Problem: fmt.Sprintf("is %q, want one of %s: the action would be taken nowhere", point.Name, fullPoints())}
			}
		}
	}
	return nil
}

func fullPoints() string {
	names := []string{}
	for _, short := range EnforcementPoints {
		names = append(names, points[short])
	}
	return strings.Join(names, ", ")
}

// EnforcementOf reads what a violation of a Gatekeeper constraint does, and
// whether the constraint is disabled: it then does that once it is enabled.
func EnforcementOf(constraint *unstructured.Unstructured) (enforcement Enforcement, disabled bool, err error) {
	if text, found := constraint.GetAnnotations()[AnnotationEnforcement]; found {
		err := ReadAnnotation(AnnotationEnforcement, text, &enforcement, "what a violation does, as JSON")
		return enforcement, true, err
	}
	spec, _ := constraint.Object["spec"].(map[string]any)
	fields := map[string]any{}
	for _, name := range []string{enforcementAction, scopedActions} {
		if value, found := spec[name]; found {
			fields[name] = value
		}
	}
	if err := decode(map[string]any{"spec": fields}, &struct {
		Spec *Enforcement `json:"spec"`
	}{&enforcement}, "unknown field"); err != nil {
		return enforcement, false, err
	}
	return enforcement, false, nil
}

// Action is what a violation of a Gatekeeper constraint does, in one word: one
// of Gatekeeper's actions, or disabled.
func Action(constraint *unstructured.Unstructured) string {
	enforcement, disabled, err := EnforcementOf(constraint)
	switch {
	case err != nil:
		return "unreadable"
	case disabled:
		return "disabled"
	case enforcement.Action == Scoped:
		return Scoped
	}
	return enforcement.String()
}

// The fields of a constraint's spec that say what a violation does.
const (
	enforcementAction = "enforcementAction"
	scopedActions     = "scopedEnforcementActions"
)

// SetEnforcement sets what a violation of a Gatekeeper constraint does; of a
// disabled one, what it does once it is enabled.
func SetEnforcement(constraint *unstructured.Unstructured, enforcement Enforcement) error {
	if _, disabled := constraint.GetAnnotations()[AnnotationEnforcement]; disabled {
		return remember(constraint, enforcement)
	}
	return writeEnforcement(constraint, enforcement)
}

func writeEnforcement(constraint *unstructured.Unstructured, enforcement Enforcement) error {
	spec, _ := constraint.Object["spec"].(map[string]any)
	if spec == nil {
		spec = map[string]any{}
		constraint.Object["spec"] = spec
	}
	delete(spec, enforcementAction)
	delete(spec, scopedActions)
	encoded, err := encode(enforcement, "", "")
	if err != nil {
		return err
	}
	for _, name := range []string{enforcementAction, scopedActions} {
		if value, found := encoded.Object[name]; found {
			spec[name] = value
		}
	}
	return nil
}

// DisableConstraint has Gatekeeper enforce and report a constraint nowhere, and
// keeps in an annotation what it did. One that is disabled stays as it is.
func DisableConstraint(constraint *unstructured.Unstructured) error {
	enforcement, disabled, err := EnforcementOf(constraint)
	if disabled || err != nil {
		return err
	}
	if err := writeEnforcement(constraint, Enforcement{Action: Scoped}); err != nil {
		return err
	}
	// Gatekeeper wants the list to be there, and takes an empty one for nowhere.
	if err := unstructured.SetNestedSlice(constraint.Object, []any{}, "spec", scopedActions); err != nil {
		return err
	}
	return remember(constraint, enforcement)
}

// EnableConstraint undoes DisableConstraint. One that is not disabled stays as
// it is.
func EnableConstraint(constraint *unstructured.Unstructured) error {
	enforcement, disabled, err := EnforcementOf(constraint)
	if !disabled || err != nil {
		return err
	}
	annotations := constraint.GetAnnotations()
	delete(annotations, AnnotationEnforcement)
	if len(annotations) == 0 {
		annotations = nil // else an empty map would stay
	}
	constraint.SetAnnotations(annotations)
	return writeEnforcement(constraint, enforcement)
}

func remember(constraint *unstructured.Unstructured, enforcement Enforcement) error {
	text, err := json.Marshal(enforcement)
	if err != nil {
		return fmt.Errorf("writing what constraint %q does: %w", constraint.GetName(), err)
	}
	annotations := constraint.GetAnnotations()
	if annotations == nil {
		annotations = map[string]string{}
	}
	annotations[AnnotationEnforcement] = string(text)
	constraint.SetAnnotations(annotations)
	return nil
}
