package conformance_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/go-logr/logr"
	constraintclient "github.com/open-policy-agent/frameworks/constraint/pkg/client"
	"github.com/open-policy-agent/frameworks/constraint/pkg/client/drivers"
	"github.com/open-policy-agent/frameworks/constraint/pkg/client/drivers/rego"
	"github.com/open-policy-agent/frameworks/constraint/pkg/client/reviews"
	"github.com/open-policy-agent/frameworks/constraint/pkg/types"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/drivers/k8scel"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/expansion"
	mutationtypes "github.com/open-policy-agent/gatekeeper/v3/pkg/mutation/types"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/target"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/util"
	admissionv1 "k8s.io/api/admission/v1"
	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kubectl-opa/kubectl-opa/pkg/engine/conformance"
)

// TestGatekeeperLibraries runs the cases through Gatekeeper's own client, target, matcher, drivers, expansion and excluder,
// put together as its webhook and its audit do.
func TestGatekeeperLibraries(t *testing.T) {
	run(t, libraries{}, conformance.Webhook, conformance.Audit)
}

// errRefused is the error of a policy that Gatekeeper does not take.
var errRefused = errors.New("refused")

// libraries is an engine that makes a client for each review.
type libraries struct{}

func (libraries) Review(ctx context.Context, c conformance.Case, r conformance.Review, at conformance.Point) (conformance.Outcome, error) {
	regoDriver, err := rego.New()
	if err != nil {
		return conformance.Outcome{}, err
	}
	l, err := newLibrary(ctx, c, at, regoDriver)
	if errors.Is(err, errRefused) {
		return conformance.Outcome{Error: err.Error()}, nil
	}
	if err != nil {
		return conformance.Outcome{}, err
	}
	responses, err := l.review(ctx, r)
	if err != nil {
		return conformance.Outcome{Error: err.Error()}, nil
	}
	outcome := conformance.Outcome{}
	for _, result := range responses.Results() {
		outcome.Violations = append(outcome.Violations, violation(result))
	}
	return outcome, nil
}

func violation(result *types.Result) conformance.Violation {
	actions := []string{result.EnforcementAction}
	if result.EnforcementAction == string(util.Scoped) {
		actions = result.ScopedEnforcementActions
	}
	details := result.Metadata["details"]
	if object, isMap := details.(map[string]any); isMap && len(object) == 0 {
		details = nil
	}
	return conformance.Violation{
		Constraint: result.Constraint.GetName(), Message: result.Msg, Actions: actions, Details: details,
		Autoreject: conformance.Autorejected(result.Msg),
	}
}

// library is a client with a case in it, at a point.
type library struct {
	surroundings
	client *constraintclient.Client
	at     conformance.Point
}

func newLibrary(ctx context.Context, c conformance.Case, at conformance.Point, regoDriver drivers.Driver) (*library, error) {
	cel, err := k8scel.New()
	if err != nil {
		return nil, err
	}
	client, err := constraintclient.NewClient(
		constraintclient.Targets(&target.K8sValidationTarget{}), constraintclient.Driver(cel), constraintclient.Driver(regoDriver),
		constraintclient.EnforcementPoints(util.WebhookEnforcementPoint, util.AuditEnforcementPoint),
	)
	if err != nil {
		return nil, err
	}
	l := &library{client: client, at: at}
	for _, object := range c.Templates {
		template, err := toTemplate(object)
		if err != nil {
			return nil, err
		}
		if _, err := client.AddTemplate(ctx, template); err != nil {
			return nil, fmt.Errorf("%w: template %s: %w", errRefused, template.Name, err)
		}
	}
	for _, object := range c.Constraints {
		constraint := (&unstructured.Unstructured{Object: object}).DeepCopy()
		if err := admit(constraint, at); err != nil {
			return nil, fmt.Errorf("%w: constraint %s: %w", errRefused, constraint.GetName(), err)
		}
		if _, err := client.AddConstraint(ctx, constraint); err != nil {
			return nil, fmt.Errorf("%w: constraint %s: %w", errRefused, constraint.GetName(), err)
		}
	}
	return l, l.read(ctx, client, c)
}

// admit does what the webhook does with constraints beside having the client look at them. Its own function cannot be called.
func admit(constraint *unstructured.Unstructured, at conformance.Point) error {
	if at == conformance.Gator {
		return nil
	}
	if length := len(constraint.GetName()); length > 63 {
		return fmt.Errorf("resource cannot have metadata.name larger than 63 char; length: %d", length)
	}
	action, _, err := unstructured.NestedString(constraint.Object, "spec", "enforcementAction")
	if err != nil || action == "" {
		return err
	}
	return util.ValidateEnforcementAction(util.EnforcementAction(action), constraint.Object)
}

// review does what the point does.
func (l *library) review(ctx context.Context, r conformance.Review) (*types.Responses, error) {
	object := &unstructured.Unstructured{Object: r.Object}
	if r.Operation == conformance.Delete {
		object = &unstructured.Unstructured{Object: r.OldObject}
	}
	if object.Object == nil {
		object.Object = map[string]any{"apiVersion": "v1", "kind": "ConfigMap"}
	}
	object = object.DeepCopy()
	if l.at == conformance.Webhook {
		if asked, err := l.asked(object); err != nil || !asked {
			return types.NewResponses(), err
		}
	}
	excluded, err := l.excluder.IsNamespaceExcluded(process(l.at), object)
	if err != nil || excluded {
		return types.NewResponses(), err
	}
	namespace := l.namespaces[object.GetNamespace()]
	options := []reviews.ReviewOpt{reviews.EnforcementPoint(util.AuditEnforcementPoint)}
	if l.at == conformance.Webhook {
		options[0] = reviews.EnforcementPoint(util.WebhookEnforcementPoint)
	}
	if option := util.NamespaceReviewOpt(namespace, logr.Discard()); option != nil {
		options = append(options, option)
	}
	original, operation, err := l.original(r, object, namespace)
	if err != nil {
		return nil, err
	}
	responses, err := l.client.Review(ctx, original, options...)
	if err != nil || r.FromCache {
		return responses, err
	}
	resultants, err := l.expansion.Expand(&mutationtypes.Mutable{
		Object: object, Namespace: namespace, Username: r.User, Source: mutationtypes.SourceTypeOriginal,
	})
	if err != nil {
		return nil, err
	}
	for _, resultant := range resultants {
		more, err := l.client.Review(ctx, target.AugmentedUnstructured{
			Object: *resultant.Obj, Namespace: namespace, Operation: operation, Source: mutationtypes.SourceTypeGenerated,
		}, options...)
		if err != nil {
			return nil, err
		}
		expansion.OverrideEnforcementAction(resultant.EnforcementAction, more)
		expansion.AggregateResponses(resultant.TemplateName, responses, more)
	}
	return responses, nil
}

// original is what the client is asked about first, and the operation.
func (l *library) original(r conformance.Review, object *unstructured.Unstructured, namespace *corev1.Namespace) (any, admissionv1.Operation, error) {
	if l.at == conformance.Audit {
		source := mutationtypes.SourceTypeOriginal
		if r.FromCache {
			source = ""
		}
		return target.AugmentedUnstructured{Object: *object, Namespace: namespace, Source: source}, "", nil
	}
	kind := object.GroupVersionKind()
	request := &admissionv1.AdmissionRequest{
		Kind: metav1.GroupVersionKind(kind), Name: object.GetName(), Namespace: object.GetNamespace(),
		Operation: admissionv1.Operation(r.Operation), UserInfo: authenticationv1.UserInfo{Username: r.User},
	}
	for _, part := range []struct {
		object map[string]any
		raw    *runtime.RawExtension
	}{{r.Object, &request.Object}, {r.OldObject, &request.OldObject}} {
		if part.object == nil {
			continue
		}
		text, err := json.Marshal(part.object)
		if err != nil {
			return nil, "", err
		}
		part.raw.Raw = text
	}
	return &target.AugmentedReview{
		AdmissionRequest: request, Namespace: namespace, Source: mutationtypes.SourceTypeOriginal, IsAdmission: true,
	}, request.Operation, nil
}

// run runs the cases of some points through an engine.
func run(t *testing.T, engine conformance.Engine, points ...conformance.Point) {
	t.Helper()
	count := 0
	partial, isPartial := engine.(interface{ Lacks(conformance.Review) bool })
	for _, c := range load(t) {
		for _, at := range points {
			for i, r := range c.Reviews {
				if !r.At(at) || isPartial && partial.Lacks(r) {
					continue
				}
				count++
				t.Run(fmt.Sprintf("%s %s/%d/%s", c.ID, c.Name, i+1, at), func(t *testing.T) {
					outcome, err := engine.Review(t.Context(), c, r, at)
					if err != nil {
						t.Fatal(err)
					}
					if wrong := r.AnswerAt(at).Judge(outcome); wrong != "" {
						t.Error(wrong)
					}
					if slices.Equal(points, []conformance.Point{conformance.Gator}) {
						if wrong := c.JudgeBesides(outcome.Besides); wrong != "" {
							t.Error(wrong)
						}
					}
				})
			}
		}
	}
	t.Logf("%d reviews", count)
	if count == 0 {
		t.Error("nothing was reviewed")
	}
}
