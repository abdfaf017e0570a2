package engine

import (
	"context"
	"fmt"

	frameworks "github.com/open-policy-agent/frameworks/constraint/pkg/types"
	expansionunversioned "github.com/open-policy-agent/gatekeeper/v3/apis/expansion/unversioned"
	mutationsunversioned "github.com/open-policy-agent/gatekeeper/v3/apis/mutations/unversioned"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/expansion"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/mutation/mutators/assign"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/mutation/mutators/assignimage"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/mutation/mutators/assignmeta"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/mutation/mutators/modifyset"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/mutation/types"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/target"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
)

func (e *Enforcer) addExpansion(object *unstructured.Unstructured) error {
	template, err := read[expansionunversioned.ExpansionTemplate](object)
	if err != nil {
		return err
	}
	if err := e.expansion.UpsertTemplate(template); err != nil {
		return err
	}
	if e.point != Gator && !e.target.has(withExpansion) {
		e.tell(object, []Point{Gator}, "Gatekeeper %s expands nothing unless --enable-generator-resource-expansion is set, %d.%d and newer do", e.target, major, withExpansion)
		return nil
	}
	e.expands = true
	return nil
}

func (e *Enforcer) addMutator(object *unstructured.Unstructured) error {
	mutator, err := mutatorOf(object)
	if err != nil {
		return err
	}
	if err := e.mutators.Upsert(mutator); err != nil {
		return err
	}
	e.mutates = true
	if e.point != Gator {
		e.tell(object, nil, "it changes what an expansion makes, and not the object under review: give that as it is after its mutation")
	}
	return nil
}

// mutatorOf makes a mutator as Gatekeeper's controllers do.
func mutatorOf(object *unstructured.Unstructured) (types.Mutator, error) {
	switch object.GetKind() {
	case "Assign":
		return build(object, assign.MutatorForAssign)
	case "AssignMetadata":
		return build(object, assignmeta.MutatorForAssignMetadata)
	case "ModifySet":
		return build(object, modifyset.MutatorForModifySet)
	default:
		return build(object, assignimage.MutatorForAssignImage)
	}
}

func build[
	Written mutationsunversioned.Assign | mutationsunversioned.AssignMetadata | mutationsunversioned.ModifySet | mutationsunversioned.AssignImage,
	Made types.Mutator,
](object *unstructured.Unstructured, makeMutator func(*Written) (Made, error)) (types.Mutator, error) {
	written, err := read[Written](object)
	if err != nil {
		return nil, err
	}
	return makeMutator(written)
}

// read makes an object of a Go type.
func read[T any](object *unstructured.Unstructured) (*T, error) {
	typed := new(T)
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, typed); err != nil {
		return nil, fmt.Errorf("reading it: %w", err)
	}
	return typed, nil
}

// expand reviews what an object is expanded to. gator alone mutates the object
// itself, and after its review.
func (e *Enforcer) expand(ctx context.Context, s subject, verdict *Verdict) error {
	mutable := &types.Mutable{
		Object: s.manifest, Namespace: s.object.Namespace, Username: s.username(), Source: types.SourceTypeOriginal,
	}
	if e.point == Gator && e.mutates {
		mutable.Object = s.manifest.DeepCopy()
		mutated, err := e.mutators.Mutate(ctx, mutable)
		if err != nil {
			return fmt.Errorf("mutating it: %w", err)
		}
		if mutated {
			verdict.Mutated = mutable.Object
		}
	}
	if !e.expands || len(s.manifest.Object) == 0 {
		return nil
	}
	resultants, err := e.expansion.Expand(mutable)
	if err != nil {
		return fmt.Errorf("expanding it: %w", err)
	}
	for _, resultant := range resultants {
		more, err := e.engine.Review(ctx, Object{
			Manifest: resultant.Obj, Namespace: s.object.Namespace, Generated: true, Operation: s.operation(e.point),
		})
		if err != nil {
			return fmt.Errorf("expanding it to %s %q: %w", resultant.Obj.GetKind(), resultant.Obj.GetName(), err)
		}
		implied(more.Violations, resultant)
		implied(more.Autorejects, resultant)
		if verdict.Parts == nil {
			verdict.Parts = []Results{verdict.Results}
		}
		verdict.Parts = append(verdict.Parts, more)
		verdict.Violations = append(verdict.Violations, more.Violations...)
		verdict.Autorejects = append(verdict.Autorejects, more.Autorejects...)
		verdict.Matched += more.Matched
	}
	return nil
}

// implied gives results the action and the message of an expansion.
func implied(results []Result, resultant *expansion.Resultant) {
	each := make([]*frameworks.Result, len(results))
	for i, result := range results {
		each[i] = &frameworks.Result{Msg: result.Message, EnforcementAction: result.Action}
	}
	responses := frameworks.NewResponses()
	responses.ByTarget[target.Name] = &frameworks.Response{Results: each}
	expansion.OverrideEnforcementAction(resultant.EnforcementAction, responses)
	expansion.AggregateResponses(resultant.TemplateName, frameworks.NewResponses(), responses)
	for i := range results {
		results[i].Message, results[i].Action = each[i].Msg, each[i].EnforcementAction
	}
}
