package conformance_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/open-policy-agent/frameworks/constraint/pkg/apis"
	constraintclient "github.com/open-policy-agent/frameworks/constraint/pkg/client"
	"github.com/open-policy-agent/frameworks/constraint/pkg/core/templates"
	configv1alpha1 "github.com/open-policy-agent/gatekeeper/v3/apis/config/v1alpha1"
	expansionv1alpha1 "github.com/open-policy-agent/gatekeeper/v3/apis/expansion/unversioned"
	mutationsunversioned "github.com/open-policy-agent/gatekeeper/v3/apis/mutations/unversioned"
	syncsetv1alpha1 "github.com/open-policy-agent/gatekeeper/v3/apis/syncset/v1alpha1"
	gatekeeperprocess "github.com/open-policy-agent/gatekeeper/v3/pkg/controller/config/process"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/expansion"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/mutation"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/mutation/mutators/assignmeta"
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-opa/kubectl-opa/pkg/engine/conformance"
)

const folder = "../../../testdata/conformance/review"

func load(t *testing.T) []conformance.Case {
	t.Helper()
	cases, err := conformance.Load(os.DirFS(folder))
	if err != nil {
		t.Fatal(err)
	}
	return cases
}

func toTemplate(object map[string]any) (*templates.ConstraintTemplate, error) {
	scheme := runtime.NewScheme()
	if err := apis.AddToScheme(scheme); err != nil {
		return nil, err
	}
	u := &unstructured.Unstructured{Object: object}
	versioned, err := scheme.New(u.GroupVersionKind())
	if err != nil {
		return nil, err
	}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(u.Object, versioned); err != nil {
		return nil, err
	}
	scheme.Default(versioned)
	template := &templates.ConstraintTemplate{}
	return template, scheme.Convert(versioned, template, nil)
}

// surroundings is what there is in the cluster besides policies.
type surroundings struct {
	namespaces map[string]*corev1.Namespace
	excluder   *gatekeeperprocess.Excluder
	expansion  *expansion.System
}

// selector is what the webhook's configuration in Gatekeeper's module asks of namespaces.
var selector = sync.OnceValues(func() (labels.Selector, error) {
	found, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/open-policy-agent/gatekeeper/v3").Output()
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(found)), "deploy", "gatekeeper.yaml"))
	if err != nil {
		return nil, err
	}
	for _, document := range strings.Split(string(text), "\n---\n") {
		configuration := admissionregistrationv1.ValidatingWebhookConfiguration{}
		if err := yaml.Unmarshal([]byte(document), &configuration); err != nil {
			return nil, err
		}
		if configuration.Kind == "ValidatingWebhookConfiguration" {
			return metav1.LabelSelectorAsSelector(configuration.Webhooks[0].NamespaceSelector)
		}
	}
	return nil, errors.New("there is no webhook configuration")
})

// asked tells whether the API server asks the webhook about an object.
func (s *surroundings) asked(object *unstructured.Unstructured) (bool, error) {
	selector, err := selector()
	namespace := s.namespaces[object.GetNamespace()]
	switch {
	case err != nil:
		return false, err
	case object.GetKind() == "Namespace":
		return selector.Matches(labels.Set(object.GetLabels())), nil
	}
	return namespace == nil || selector.Matches(labels.Set(namespace.Labels)), nil
}

func process(at conformance.Point) gatekeeperprocess.Process {
	if at == conformance.Audit {
		return gatekeeperprocess.Audit
	}
	return gatekeeperprocess.Webhook
}

// read takes up what is given. Data are added when all that says what is synced is known.
func (s *surroundings) read(ctx context.Context, client *constraintclient.Client, c conformance.Case) error {
	mutators := mutation.NewSystem(mutation.SystemOpts{})
	s.namespaces = map[string]*corev1.Namespace{}
	s.excluder, s.expansion = gatekeeperprocess.New(), expansion.NewSystem(mutators)
	synced, all := []schema.GroupVersionKind{}, slices.Concat(c.Namespaces, c.Given)
	for _, object := range c.Namespaces {
		namespace := &corev1.Namespace{}
		if err := convert(object, namespace); err != nil {
			return err
		}
		s.namespaces[namespace.Name] = namespace
	}
	for _, object := range c.Given {
		more, err := s.take(object, mutators)
		if err != nil {
			return fmt.Errorf("%v: %w", object["kind"], err)
		}
		synced = append(synced, more...)
	}
	for _, object := range all {
		u := &unstructured.Unstructured{Object: object}
		excluded, err := s.excluder.IsNamespaceExcluded(gatekeeperprocess.Sync, u)
		if err != nil {
			return err
		}
		if excluded || !slices.Contains(synced, u.GroupVersionKind()) {
			continue
		}
		if _, err := client.AddData(ctx, u); err != nil {
			return err
		}
	}
	return nil
}

// take takes up an object of Gatekeeper's, and returns what it wants synced.
func (s *surroundings) take(object map[string]any, mutators *mutation.System) ([]schema.GroupVersionKind, error) {
	u := &unstructured.Unstructured{Object: object}
	if !strings.HasSuffix(u.GroupVersionKind().Group, ".gatekeeper.sh") {
		return nil, nil
	}
	synced := []schema.GroupVersionKind{}
	switch u.GetKind() {
	case "Config":
		config := &configv1alpha1.Config{}
		if err := convert(object, config); err != nil || config.Name != "config" {
			return nil, err
		}
		s.excluder.Add(config.Spec.Match)
		for _, entry := range config.Spec.Sync.SyncOnly {
			synced = append(synced, schema.GroupVersionKind(entry))
		}
		return synced, nil
	case "SyncSet":
		set := &syncsetv1alpha1.SyncSet{}
		if err := convert(object, set); err != nil {
			return nil, err
		}
		for _, entry := range set.Spec.GVKs {
			synced = append(synced, schema.GroupVersionKind{Group: entry.Group, Version: entry.Version, Kind: entry.Kind})
		}
		return synced, nil
	case "ExpansionTemplate":
		template := &expansionv1alpha1.ExpansionTemplate{}
		if err := convert(object, template); err != nil {
			return nil, err
		}
		return nil, s.expansion.UpsertTemplate(template)
	case "AssignMetadata":
		assign := &mutationsunversioned.AssignMetadata{}
		if err := convert(object, assign); err != nil {
			return nil, err
		}
		mutator, err := assignmeta.MutatorForAssignMetadata(assign)
		if err != nil {
			return nil, err
		}
		return nil, mutators.Upsert(mutator)
	}
	return nil, fmt.Errorf("what it does is not known here")
}

func convert(object map[string]any, into any) error {
	return runtime.DefaultUnstructuredConverter.FromUnstructured(object, into)
}
