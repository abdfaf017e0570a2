// Package conformance has the cases on which whatever says what Gatekeeper would decide must agree with Gatekeeper: what
// matches, what is seen, what a violation does, at the webhook, in the audit, and in gator. They are data
// (testdata/conformance/review); this package reads them and judges what an engine made of them. It knows no engine. Only
// tests import it.
package conformance

import (
	"context"
	"slices"
)

// A Point is where a review takes place. It decides what is known besides the object, and whose mistakes are made.
type Point string

// The points.
const (
	// Webhook is Gatekeeper's admission webhook.
	Webhook Point = "webhook"
	// Audit is Gatekeeper's audit, of objects as they are in the cluster.
	Audit Point = "audit"
	// Gator is "gator test", with its own mistakes.
	Gator Point = "gator"
)

var points = []Point{Webhook, Audit, Gator}

// The operations of a review at the webhook.
const (
	Create = "CREATE"
	Update = "UPDATE"
	Delete = "DELETE"
)

// Annotation marks an object with the case that it belongs to, by the case's ID. The constraints of a case have the ID as
// the parameter of this name, and the templates hit no other objects, so that all cases can be in one cluster.
const Annotation = "case"

// An Engine reviews. An error is one of the engine itself: what Gatekeeper calls an error is an outcome.
type Engine interface {
	Review(ctx context.Context, c Case, r Review, at Point) (Outcome, error)
}

// Case is some constraints, what there is in the cluster, and reviews.
type Case struct {
	// ID is made of the file's name and the case's place in it. Names in the cluster begin with it: $case in the data.
	ID   string
	Name string
	// Points are those that the case holds for.
	Points []Point
	// Unseen is why a running Gatekeeper cannot be asked; empty if it can.
	Unseen string
	// Templates are those of the constraints, in their order.
	Templates   []map[string]any
	Constraints []map[string]any
	// Namespaces are those that exist, as objects.
	Namespaces []map[string]any
	// Given are other objects that exist: what is synced into the inventory, and Gatekeeper's own objects that are no
	// policies: Config, SyncSet, ExpansionTemplate, mutators.
	Given   []map[string]any
	Reviews []Review
	// Besides is what gator says of objects that nobody asked it about: "Kind/name: message".
	Besides []string
}

// Review is an object under review, and the answer.
type Review struct {
	// Object is under review, OldObject was there before. At the audit and in gator there is no old one.
	Object, OldObject map[string]any
	// Operation is that of the request at the webhook.
	Operation string
	// User is the name of who asks at the webhook; it is an administrator if empty.
	User string
	// Points are those of the case, or less.
	Points []Point
	// Unseen is why a running Gatekeeper cannot be asked; empty if it can.
	Unseen string
	// FromCache says that the audit takes the object from its cache.
	FromCache bool
	// Answer is right where no other one is given by Differs.
	Answer  Answer
	Differs map[Point]Answer
}

// Answer is what there is to say of an object.
type Answer struct {
	// Why it is another one than elsewhere.
	Why string `json:"why"`
	// Want are the violations and the autorejects, in any order.
	Want []Violation `json:"want"`
	// Error are texts of what ended the review. There are no violations then.
	Error []string `json:"error"`
}

// Violation is what one constraint says of an object.
type Violation struct {
	// Constraint is the name of the constraint.
	Constraint string `json:"constraint"`
	Message    string `json:"message"`
	// Actions are what is done about it at this point, sorted.
	Actions []string `json:"actions"`
	// Details are what the template adds to the message; nil if nothing.
	Details any `json:"details"`
	// Autoreject says that the constraint was not evaluated, as Gatekeeper could not tell whether it matches.
	Autoreject bool `json:"autoreject"`
}

// Outcome is what an engine made of a review.
type Outcome struct {
	Violations []Violation
	// Error is what ended the review; empty if nothing did.
	Error string
	// Besides are like those of a case.
	Besides []string
}

// At tells whether a review is one of a point.
func (r Review) At(point Point) bool { return slices.Contains(r.Points, point) }

// AnswerAt is the right answer at a point.
func (r Review) AnswerAt(point Point) Answer {
	if answer, differs := r.Differs[point]; differs {
		return answer
	}
	return r.Answer
}
