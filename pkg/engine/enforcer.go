package engine

import (
	"context"
	"fmt"

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

	namespaces map[string]*corev1.Namespace
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
	readers     map[string]bool
	differences []Difference
}

// Verdict is what an enforcement point says of an object.
type Verdict struct {
	// Results are those of the object, then those of what it is expanded to.
	Results
	// Excluded is why no constraint was asked; "" if they were.
	Excluded string
	// Mutated is the object as gator's mutators left it, for whatever comes after
	// its review; nil if they left it alone, and at other points.
	Mutated *unstructured.Unstructured
	// Differences are what other points see otherwise.
	Differences []Difference
}

// Difference is something that other enforcement points see otherwise, or that
// Gatekeeper leaves out.
type Difference struct {
	// Points are those that see it otherwise; none if it is the same everywhere,
	// and only not what one would think.
	Points []Point
	// Why is a sentence with the value that decides.
	Why string
	// Object is the policy that it is about; nil if it is about an object under
	// review.
	Object *unstructured.Unstructured
}

// NewEnforcer makes an enforcement point that knows nothing yet.
func NewEnforcer(options Options) (*Enforcer, error) {
	engine, err := New(options)
	if err != nil {
		return nil, err
	}
	mutators := mutation.NewSystem(mutation.SystemOpts{})
	return &Enforcer{
		engine: engine, point: options.Point, target: options.Target,
		namespaces: map[string]*corev1.Namespace{}, sets: map[string][]schema.GroupVersionKind{}, readers: map[string]bool{},
		mutators: mutators, expansion: expansion.NewSystem(mutators),
	}, nil
}

// Add takes up an object of any role but Plain; one of the same kind and name
// replaces the former. Refusals are Gatekeeper's own.
func (e *Enforcer) Add(ctx context.Context, object *unstructured.Unstructured) error {
	switch role := RoleOf(object); role {
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
		e.tell(object, nil, fmt.Sprintf("%s %q of %s is not looked at", object.GetKind(), object.GetName(), object.GetAPIVersion()))
		return nil
	default:
		return advice.Errorf("review it instead", "it is no policy")
	}
}

func (e *Enforcer) tell(object *unstructured.Unstructured, points []Point, why string) {
	e.differences = append(e.differences, Difference{Points: points, Why: why, Object: object})
}

// Differences are what of the policies other points see otherwise, whatever the
// object under review, in the order in which they were added.
func (e *Enforcer) Differences() []Difference { return e.differences }
