package engine

import (
	"fmt"
	"slices"
	"strings"

	"github.com/open-policy-agent/gatekeeper/v3/pkg/mutation/match"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/mutation/types"
	admissionv1 "k8s.io/api/admission/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Difference is something that other enforcement points see otherwise, or that
// Gatekeeper leaves out.
type Difference struct {
	// Points are those that see it otherwise; none if it is the same everywhere,
	// and only not what one would think.
	Points []Point
	// Why is a sentence with the value that decides; its "it" is the Object.
	Why string
	// Object is the policy that it is about; nil if it is about an object under
	// review.
	Object *unstructured.Unstructured
}

var reviewing = []Point{Webhook, Audit, Gator}

// short is the point's name for people.
func (p Point) short() string {
	switch p {
	case Webhook:
		return "the webhook"
	case Audit:
		return "the audit"
	case Gator:
		return "gator"
	}
	return string(p)
}

func (e *Enforcer) tell(object *unstructured.Unstructured, points []Point, why string, args ...any) {
	e.differences = append(e.differences, Difference{Points: points, Why: fmt.Sprintf(why, args...), Object: object})
}

// othersThan are all points but one.
func othersThan(point Point) []Point {
	return slices.DeleteFunc(slices.Clone(reviewing), func(p Point) bool { return p == point })
}

// Differences are what of the policies other points see otherwise, whatever the
// object under review, in the order in which they were added; last, what is so
// of the inventory.
func (e *Enforcer) Differences() []Difference {
	return slices.Concat(e.differences, e.incomplete())
}

// compare tells what other points see otherwise of an object. why is what
// excluded it here, "" if nothing did.
func (e *Enforcer) compare(s subject, why string) ([]Difference, error) {
	differences := []Difference{}
	reviewed := []Point{}
	for _, point := range e.others {
		there, err := e.exclusion(point, s.manifest)
		if err != nil {
			return nil, err
		}
		switch {
		case there == "" && why != "":
			reviewed = append(reviewed, point)
		case there != "" && why == "":
			differences = append(differences, Difference{Points: []Point{point}, Why: there})
		}
	}
	if len(reviewed) > 0 {
		differences = append(differences, Difference{Points: reviewed, Why: why})
	}
	if why == "" {
		differences = append(differences, e.displaced(s)...)
	}
	if request := s.object.Request; request != nil && request.Operation != admissionv1.Create && request.Operation != admissionv1.Update {
		differences = append(differences, Difference{Why: fmt.Sprintf(
			"Gatekeeper's release asks the webhook about CREATE and UPDATE: about %s a cluster asks it only if its configuration is another one", request.Operation,
		)})
	}
	if len(differences) == 0 {
		return nil, nil
	}
	return differences, nil
}

// placed is a constraint whose match looks at where an object is.
type placed struct {
	constraint *unstructured.Unstructured
	match      *match.Match
}

// displaced tells which constraints take an object of the cluster for something
// else in gator, which gives it an empty Namespace.
func (e *Enforcer) displaced(s subject) []Difference {
	if s.manifest.GetNamespace() != "" || isNamespace(s.manifest) {
		return nil
	}
	differences := []Difference{}
	for _, each := range e.placed {
		matches := func(namespace *corev1.Namespace) bool {
			matched, err := match.Matches(each.match, &match.Matchable{
				Object: s.manifest, Namespace: namespace, Source: types.SourceTypeOriginal,
			})
			return err == nil && matched
		}
		cluster, gator := matches(nil), matches(&corev1.Namespace{})
		if cluster == gator {
			continue
		}
		does := "does not match there"
		if gator {
			does = "matches there alone"
		}
		points := []Point{Gator}
		if e.point == Gator {
			points = e.others
		}
		differences = append(differences, Difference{Points: points, Why: fmt.Sprintf(
			"gator gives what is in no namespace a Namespace without a name: %s %q, with %s, %s",
			each.constraint.GetKind(), each.constraint.GetName(), each.fields(), does,
		)})
	}
	return differences
}

// fields are those of the match that look at where an object is.
func (p placed) fields() string {
	fields := []string{}
	if p.match.Scope != "" {
		fields = append(fields, fmt.Sprintf("scope %q", p.match.Scope))
	}
	for _, field := range []struct {
		name string
		set  bool
	}{
		{"namespaces", len(p.match.Namespaces) > 0},
		{"excludedNamespaces", len(p.match.ExcludedNamespaces) > 0},
		{"namespaceSelector", p.match.NamespaceSelector != nil},
	} {
		if field.set {
			fields = append(fields, field.name)
		}
	}
	return strings.Join(fields, " and ")
}
