package engine

import (
	"context"
	"fmt"
	"slices"

	"github.com/open-policy-agent/gatekeeper/v3/pkg/controller/config/process"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/expansion"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/mutation"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
)

// Enforcer is one enforcement point with its policies and all that it knows
// besides the object under review. Objects are added first, in the order of
// their roles, then data; then several goroutines may review at once.
type Enforcer struct {
	engine *Engine
	point  Point
	target Version
	// others are the points but this one.
	others []Point

	namespaces map[string]*corev1.Namespace
	// ignored are the namespaces that have Gatekeeper's label for it.
	ignored map[string]bool
	// excluder is nil where nothing is excluded from anything.
	excluder *process.Excluder
	// configured is what the Config has synced, nil without one; sets what each
	// SyncSet has.
	configured []schema.GroupVersionKind
	sets       map[string][]schema.GroupVersionKind
	expansion  *expansion.System
	mutators   *mutation.System
	// expands and mutates tell whether there is anything in the two systems.
	expands, mutates bool

	// readers are the templates that read the inventory.
	readers map[string]bool
	// placed are the constraints that look at where an object is.
	placed      []placed
	differences []Difference
}

// Verdict is what an enforcement point says of an object.
type Verdict struct {
	// Results are those of the object, then those of what it is expanded to.
	Results
	// Parts are the same one by one, where it is expanded to something.
	Parts []Results
	// Excluded is why no constraint was asked; "" if they were.
	Excluded string
	// Mutated is the object as gator's mutators left it, for whatever comes after
	// its review; nil if they left it alone, and at other points.
	Mutated *unstructured.Unstructured
	// Differences are what other points see otherwise.
	Differences []Difference
}

// NewEnforcer makes an enforcement point that knows nothing yet.
func NewEnforcer(options Options) (*Enforcer, error) {
	engine, err := New(options)
	if err != nil {
		return nil, err
	}
	mutators := mutation.NewSystem(mutation.SystemOpts{})
	return &Enforcer{
		engine: engine, point: options.Point, target: options.Target, others: othersThan(options.Point),
		namespaces: map[string]*corev1.Namespace{}, ignored: map[string]bool{}, sets: map[string][]schema.GroupVersionKind{}, readers: map[string]bool{},
		mutators: mutators, expansion: expansion.NewSystem(mutators),
	}, nil
}

// Add takes up an object of any role but Plain; one of the same kind and name
// replaces the former. Errors name the object; refusals are Gatekeeper's own.
func (e *Enforcer) Add(ctx context.Context, object *unstructured.Unstructured) error {
	if err := e.add(ctx, object); err != nil {
		return fmt.Errorf("adding %s %q: %w", object.GetKind(), object.GetName(), err)
	}
	return nil
}

func (e *Enforcer) add(ctx context.Context, object *unstructured.Unstructured) error {
	e.forget(object)
	switch RoleOf(object) {
	case Template:
		return e.addTemplate(ctx, object)
	case Constraint:
		return e.addConstraint(ctx, object)
	case Config:
		return e.addConfig(object)
	case SyncSet:
		return e.addSyncSet(object)
	case Expansion:
		return e.addExpansion(object)
	case Mutator:
		return e.addMutator(object)
	case Namespace:
		return e.addNamespace(object)
	case Other:
		if object.GetKind() == "Provider" {
			e.tell(object, nil, "it is not asked: external data is not to be had here")
		} else {
			e.tell(object, nil, "it is ignored: %s has no kind %s that is known here", object.GetAPIVersion(), object.GetKind())
		}
		return nil
	default:
		return advice.Errorf("review it instead", "it is no policy")
	}
}

// forget takes back what was told of an object that is replaced.
func (e *Enforcer) forget(object *unstructured.Unstructured) {
	same := func(other *unstructured.Unstructured) bool {
		return other.GroupVersionKind().GroupKind() == object.GroupVersionKind().GroupKind() && other.GetName() == object.GetName()
	}
	e.differences = slices.DeleteFunc(e.differences, func(d Difference) bool { return same(d.Object) })
	e.placed = slices.DeleteFunc(e.placed, func(p placed) bool { return same(p.constraint) })
}
