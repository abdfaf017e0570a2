package policy_test

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"testing"

	constraintclient "github.com/open-policy-agent/frameworks/constraint/pkg/client"
	"github.com/open-policy-agent/frameworks/constraint/pkg/client/reviews"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/target"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/util"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	"github.com/kubectl-opa/kubectl-opa/pkg/compile"
	"github.com/kubectl-opa/kubectl-opa/pkg/imagepolicy"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
)

// form turns KKP's objects into Gatekeeper's.
type form struct {
	template   func(*kubermaticv1.ConstraintTemplate) (*unstructured.Unstructured, error)
	constraint func(*kubermaticv1.Constraint) (*unstructured.Unstructured, error)
}

var (
	written  = form{policy.GatekeeperTemplate, policy.GatekeeperConstraint}
	exported = form{policy.ExportTemplate, policy.ExportConstraint}
)

// violation is one result of a review.
type violation struct {
	Object  string `json:"object"`
	Action  string `json:"action"`
	Message string `json:"message"`
}

// engine is Gatekeeper's client with templates of one form.
type engine struct {
	form
	client *constraintclient.Client
}

func newEngine(t *testing.T, form form, templates []*kubermaticv1.ConstraintTemplate) *engine {
	t.Helper()
	client, err := compile.NewClient()
	if err != nil {
		t.Fatal(err)
	}
	for _, template := range templates {
		object, err := form.template(template)
		if err != nil {
			t.Fatal(err)
		}
		_, object = reread(t, object)
		internal, err := compile.Internal(object)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := client.AddTemplate(t.Context(), internal); err != nil {
			t.Fatal(err)
		}
	}
	return &engine{form, client}
}

// decide reviews objects as the webhook does, by the constraints and no others.
func (e *engine) decide(t *testing.T, constraints []*kubermaticv1.Constraint, objects, namespaces []map[string]any) []violation {
	t.Helper()
	for _, constraint := range constraints {
		object, err := e.constraint(constraint)
		if err != nil {
			t.Fatal(err)
		}
		_, object = reread(t, object)
		if _, err := e.client.AddConstraint(t.Context(), object); err != nil {
			t.Fatal(err)
		}
		defer func() { _, _ = e.client.RemoveConstraint(context.Background(), object) }()
	}
	found := []violation{}
	for _, value := range objects {
		review := &target.AugmentedUnstructured{Object: unstructured.Unstructured{Object: value}, Source: "Original"}
		review.Namespace = namespaceOf(review.Object, namespaces)
		responses, err := e.client.Review(t.Context(), review, reviews.EnforcementPoint(util.WebhookEnforcementPoint))
		if err != nil {
			t.Fatal(err)
		}
		name := review.Object.GetKind() + " " + strings.TrimPrefix(review.Object.GetNamespace()+"/"+review.Object.GetName(), "/")
		for _, result := range responses.Results() {
			found = append(found, violation{name, result.EnforcementAction, result.Msg})
		}
	}
	slices.SortFunc(found, func(a, b violation) int {
		return cmp.Or(cmp.Compare(a.Object, b.Object), cmp.Compare(a.Message, b.Message))
	})
	return found
}

func namespaceOf(object unstructured.Unstructured, namespaces []map[string]any) *corev1.Namespace {
	for _, value := range namespaces {
		namespace := unstructured.Unstructured{Object: value}
		if name := namespace.GetName(); name != "" && name == object.GetNamespace() {
			return &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: namespace.GetLabels()}}
		}
	}
	return nil
}

func readTemplate(t *testing.T, object *unstructured.Unstructured) *kubermaticv1.ConstraintTemplate {
	t.Helper()
	template, _, err := policy.ReadTemplate(object)
	if err != nil {
		t.Fatal(err)
	}
	return template
}

func readConstraint(t *testing.T, object *unstructured.Unstructured) *kubermaticv1.Constraint {
	t.Helper()
	constraint, _, err := policy.ReadConstraint(object)
	if err != nil {
		t.Fatal(err)
	}
	return constraint
}

// readPolicies reads KKP's objects, with what KKP makes of registries.
func readPolicies(t *testing.T, dir string, files []string) ([]*kubermaticv1.ConstraintTemplate, []*kubermaticv1.Constraint) {
	t.Helper()
	templates, constraints, prefixes := []*kubermaticv1.ConstraintTemplate{}, []*kubermaticv1.Constraint{}, []string{}
	for _, file := range files {
		documents, err := manifest.Load([]string{dir + file}, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, document := range documents {
			switch object := document.Object(); object.GetKind() {
			case kubermaticv1.KindConstraintTemplate:
				templates = append(templates, readTemplate(t, object))
			case kubermaticv1.KindAllowedRegistry:
				registry, err := policy.ReadRegistry(object)
				if err != nil {
					t.Fatal(err)
				}
				prefixes = append(prefixes, registry.Spec.RegistryPrefix)
			default:
				constraints = append(constraints, readConstraint(t, object))
			}
		}
	}
	if len(prefixes) > 0 {
		templates = append(templates, imagepolicy.KKPTemplate())
		constraints = append(constraints, imagepolicy.KKPConstraint(prefixes, nil))
	}
	return templates, constraints
}
