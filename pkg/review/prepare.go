package review

import (
	"context"
	"errors"
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	"github.com/kubectl-opa/kubectl-opa/pkg/compile"
	"github.com/kubectl-opa/kubectl-opa/pkg/engine"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
	"github.com/kubectl-opa/kubectl-opa/pkg/resources"
)

// marks are in the text of whatever has to be known before objects are
// reviewed.
var marks = []string{".gatekeeper.sh", kubermaticv1.GroupVersion.Group, "Namespace", "CustomResourceDefinition"}

// need is what a document is to other documents.
type need int

const (
	nothing need = iota
	// asPolicy is not reviewed itself.
	asPolicy
	// asContext is reviewed, too.
	asContext
)

// needs tells what other documents need a document for.
func (p *prepared) needs(document manifest.Document) need {
	object := document.Object()
	switch role := engine.RoleOf(object); {
	case role == engine.Namespace:
		return asContext
	case role != engine.Plain:
		return asPolicy
	case p.engine.Point != engine.Gator && ofKKP(object):
		return asPolicy
	case object.GetKind() == "CustomResourceDefinition":
		return asContext
	}
	return nothing
}

// prepared is what is known before objects are reviewed.
type prepared struct {
	engine   engine.Options
	enforcer *engine.Enforcer
	// namespaced are the kinds whose objects are in a namespace, which is
	// namespace where they do not say so.
	namespaced map[schema.GroupKind]bool
	namespace  string
	// adopted are constraints as gator reviews them: they got their defaults when
	// they were added.
	adopted map[place]map[string]any
	summary Summary
}

// place is that of a document, also of one of a List in one line.
type place struct {
	manifest.Position
	item int
}

func placeOf(document manifest.Document) place {
	item, _ := document.Item()
	return place{document.Position, item}
}

// PolicyError says why a policy cannot be in force.
type PolicyError struct {
	manifest.Document
	Err error
}

// Error begins with file:line.
func (e *PolicyError) Error() string {
	return fmt.Sprintf("%s: %s: %v", e.Position, e.Name(), e.Err)
}

// Unwrap returns why.
func (e *PolicyError) Unwrap() error { return e.Err }

// PolicyErrors are all that is wrong with the policies of a run, in the order of
// the input.
type PolicyErrors []error

// Error gives a line to each.
func (e PolicyErrors) Error() string { return errors.Join(e...).Error() }

// Unwrap returns them.
func (e PolicyErrors) Unwrap() []error { return e }

// orNil is nil without errors.
func (e PolicyErrors) orNil() error {
	if len(e) == 0 {
		return nil
	}
	return e
}

// prepare puts the policies of all *sources in force.
func prepare(ctx context.Context, o Options, all *sources) (*prepared, error) {
	p := &prepared{engine: o.Engine, namespace: o.Namespace}
	if p.namespace == "" {
		p.namespace = "default"
	}
	builtIn, err := resources.BuiltIn()
	if err != nil {
		return nil, err
	}
	p.namespaced = builtIn.Namespaced()
	if p.enforcer, err = engine.NewEnforcer(o.Engine); err != nil {
		return nil, err
	}
	policies := &policies{replaced: all.skip}
	if err := p.collect(ctx, all, policies); err != nil {
		return nil, err
	}
	if err := p.enforce(ctx, policies); err != nil {
		return nil, err
	}
	if o.Engine.Point == engine.Gator {
		p.adopted = map[place]map[string]any{}
		for _, constraint := range policies.byRole[engine.Constraint] {
			p.adopted[placeOf(constraint.document)] = constraint.object.Object
		}
	}
	p.summary.Templates, p.summary.Constraints = policies.count(engine.Template), policies.count(engine.Constraint)
	p.summary.Disabled = policies.disabled
	if !p.enforcer.ReadsInventory() {
		return p, nil
	}
	p.summary.Unsynced = o.Engine.Point != engine.Gator && !p.enforcer.Synced()
	return p, p.fill(ctx, all)
}

// collect finds policies and what else objects need. All that is wrong with
// them is told together.
func (p *prepared) collect(ctx context.Context, all *sources, policies *policies) error {
	failed := PolicyErrors{}
	for _, source := range all.all {
		for text := range source.begin(false) {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if !text.Contains(marks...) {
				continue
			}
			for document, err := range text.Documents() {
				if err == nil {
					err = p.learn(document, policies)
				}
				if err != nil && !errors.Is(err, manifest.ErrNoDocuments) {
					failed = append(failed, err)
				}
			}
		}
	}
	if err := policies.finish(); err != nil {
		failed = append(failed, err)
	}
	return failed.orNil()
}

// learn takes up what a document says about others.
func (p *prepared) learn(document manifest.Document, policies *policies) error {
	switch {
	case p.needs(document) == nothing:
		return nil
	case document.Object().GetKind() == "CustomResourceDefinition":
		group, _, _ := unstructured.NestedString(document.Value, "spec", "group")
		kind, _, _ := unstructured.NestedString(document.Value, "spec", "names", "kind")
		scope, _, _ := unstructured.NestedString(document.Value, "spec", "scope")
		p.namespaced[schema.GroupKind{Group: group, Kind: kind}] = scope == "Namespaced"
		return nil
	}
	return policies.take(document)
}

// enforce adds policies in the order that Gatekeeper needs.
func (p *prepared) enforce(ctx context.Context, policies *policies) error {
	failed := PolicyErrors{}
	for _, role := range engine.Roles {
		for _, policy := range policies.byRole[role] {
			if err := p.enforcer.Add(ctx, policy.object); err != nil {
				failed = append(failed, &PolicyError{policy.document, unsound(ctx, policy.object, err)})
			}
		}
	}
	return failed.orNil()
}

// unsound is why a policy is refused: of a template with the lines of its code,
// where Gatekeeper of any version refuses it.
func unsound(ctx context.Context, object *unstructured.Unstructured, refused error) error {
	if engine.RoleOf(object) == engine.Template {
		if err := compile.Template(ctx, object); err != nil {
			return err
		}
	}
	// The line has the name already.
	if inner := errors.Unwrap(refused); inner != nil {
		return inner
	}
	return refused
}

// fill fills the inventory: with all objects, before the first is reviewed.
func (p *prepared) fill(ctx context.Context, all *sources) error {
	for _, source := range all.all {
		for text := range source.begin(true) {
			for document, err := range text.Documents() {
				if ctx.Err() != nil {
					return ctx.Err()
				}
				// What cannot be read is told when it is its turn to be reviewed.
				if err != nil || p.needs(document) == asPolicy && p.engine.Point != engine.Gator {
					continue
				}
				if err := p.enforcer.AddData(ctx, p.placed(document).Object()); err != nil {
					return at(document, err)
				}
			}
		}
	}
	return nil
}

// late says that something stands where it cannot be known in time.
func late(document manifest.Document) error {
	return advice.Errorf("put it into a file of its own, or before the objects",
		"%s: %s stands so far behind in the input that objects were reviewed without it", document.Position, document.Name())
}

// at is an error of a document, with its place.
func at(document manifest.Document, err error) error {
	return fmt.Errorf("%s: %s: %w", document.Position, document.Name(), err)
}
