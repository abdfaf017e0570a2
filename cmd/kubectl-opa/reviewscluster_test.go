package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/kubectl-opa/kubectl-opa/pkg/engine/conformance"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
	"github.com/kubectl-opa/kubectl-opa/pkg/testcluster"
)

// reviewed is a cluster with Gatekeeper and all cases in it that it can be asked about.
type reviewed struct {
	*tableCluster
	config   *rest.Config
	mapper   meta.RESTMapper
	cases    []conformance.Case
	refusals map[string]string // of the policies of cases, by the cases' IDs

	constraints map[string]*unstructured.Unstructured // by kind and name, after the audit
}

func newReviewed(t *testing.T, cluster *testcluster.Cluster, cases []conformance.Case) *reviewed {
	t.Helper()
	config, err := clientcmd.BuildConfigFromFlags("", cluster.Kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	config.QPS = -1
	config.WarningHandler = rest.NoWarnings{}
	cases = slices.DeleteFunc(slices.Clone(cases), func(c conformance.Case) bool {
		return !slices.ContainsFunc(c.Reviews, func(r conformance.Review) bool { return seen(r, conformance.Webhook, conformance.Audit) })
	})
	g := &reviewed{tableCluster: connect(t, cluster), config: config, cases: cases, refusals: map[string]string{}}
	client, err := discovery.NewDiscoveryClientForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	groups, err := restmapper.GetAPIGroupResources(client)
	if err != nil {
		t.Fatal(err)
	}
	g.mapper = restmapper.NewDiscoveryRESTMapper(groups)
	g.failClosed(t)
	// As Gatekeeper's release installs it, the webhook is not asked about deletions.
	g.patchWebhook(t, `[{"op":"add","path":"/webhooks/0/rules/0/operations/-","value":"DELETE"}]`)
	return g
}

// resource is where objects like one are.
func (g *reviewed) resource(client dynamic.Interface, object *unstructured.Unstructured) (dynamic.ResourceInterface, error) {
	kind := object.GroupVersionKind()
	if kind.Group == "constraints.gatekeeper.sh" {
		return client.Resource(kind.GroupVersion().WithResource(strings.ToLower(kind.Kind))), nil
	}
	mapping, err := g.mapper.RESTMapping(kind.GroupKind(), kind.Version)
	if err != nil {
		return nil, err
	}
	return client.Resource(mapping.Resource).Namespace(object.GetNamespace()), nil
}

func (g *reviewed) create(ctx context.Context, object map[string]any) error {
	u := (&unstructured.Unstructured{Object: object}).DeepCopy()
	resource, err := g.resource(g.client, u)
	if err != nil {
		return err
	}
	if _, err = resource.Create(ctx, u, metav1.CreateOptions{}); err != nil {
		return fmt.Errorf("creating %s %s: %w", u.GetKind(), u.GetName(), err)
	}
	return nil
}

// createAll creates objects several at a time.
func (g *reviewed) createAll(t *testing.T, objects []map[string]any) {
	t.Helper()
	group, ctx := errgroup.WithContext(t.Context())
	group.SetLimit(atOnce)
	for _, object := range objects {
		group.Go(func() error { return g.create(ctx, object) })
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
}

func ofGatekeeper(object map[string]any) bool {
	u := unstructured.Unstructured{Object: object}
	return strings.HasSuffix(u.GroupVersionKind().Group, ".gatekeeper.sh")
}

// fill creates what is older than all policies: namespaces, what is to be synced, what the audit finds, and the old objects
// of requests. Gatekeeper gets its own settings then.
func (g *reviewed) fill(t *testing.T) {
	namespace, objects := limitObjects()
	namespaces, settings := []map[string]any{namespace}, map[string]map[string]any{}
	for _, c := range g.cases {
		namespaces = append(namespaces, c.Namespaces...)
		for _, object := range c.Given {
			if ofGatekeeper(object) {
				setting(settings, object)
			} else {
				objects = append(objects, object)
			}
		}
		for _, r := range c.Reviews {
			switch {
			case seen(r, conformance.Webhook) && r.OldObject != nil:
				objects = append(objects, r.OldObject)
			case seen(r, conformance.Audit):
				objects = append(objects, r.Object)
			}
		}
	}
	g.createAll(t, namespaces)
	g.createAll(t, objects)
	own := []map[string]any{}
	for _, object := range settings {
		own = append(own, object)
	}
	g.createAll(t, own)
}

// setting adds an object of Gatekeeper's to those that are there. There is one Config, so its lists are put together.
func setting(settings map[string]map[string]any, object map[string]any) {
	u := unstructured.Unstructured{Object: object}
	key := u.GetKind() + "/" + u.GetName()
	known := &unstructured.Unstructured{Object: settings[key]}
	if settings[key] == nil || u.GetKind() != "Config" {
		settings[key] = u.DeepCopy().Object
		return
	}
	before, _, _ := unstructured.NestedSlice(known.Object, "spec", "match")
	more, _, _ := unstructured.NestedSlice(u.DeepCopy().Object, "spec", "match")
	_ = unstructured.SetNestedSlice(known.Object, append(before, more...), "spec", "match")
}

// install creates all templates and constraints, and waits until both of Gatekeeper's Pods have them.
func (g *reviewed) install(t *testing.T) {
	kinds, templates := map[string]bool{}, []map[string]any{}
	for _, c := range g.cases {
		for _, template := range c.Templates {
			name := (&unstructured.Unstructured{Object: template}).GetName()
			if !kinds[name] {
				kinds[name] = true
				templates = append(templates, template)
			}
		}
	}
	g.createAll(t, templates)
	for name := range kinds {
		constraints := g.client.Resource(constraintsOf(name))
		g.eventually(t, "constraints of "+name+" are served", func(ctx context.Context) (bool, error) {
			_, err := constraints.List(ctx, metav1.ListOptions{})
			return !apierrors.IsNotFound(err), ignoreNotFound(err)
		})
	}
	created := g.createConstraints(t)
	settled := g.settled(t, kinds)
	g.eventually(t, "Gatekeeper has all policies", func(ctx context.Context) (bool, error) { return settled(ctx, created) })
}

func constraintsOf(template string) schema.GroupVersionResource {
	return schema.GroupVersionResource{Group: "constraints.gatekeeper.sh", Version: "v1beta1", Resource: template}
}

func ignoreNotFound(err error) error {
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err
}

// createConstraints creates the constraints of all cases, and returns how many were. A refusal is a result.
func (g *reviewed) createConstraints(t *testing.T) int {
	t.Helper()
	if err := g.create(t.Context(), limitConstraint()); err != nil {
		t.Fatal(err)
	}
	count := 1
	for _, c := range g.cases {
		for _, constraint := range c.Constraints {
			err := g.create(t.Context(), constraint)
			switch {
			case err == nil:
				count++
			case apierrors.IsInvalid(err), strings.Contains(err.Error(), denied):
				g.refusals[c.ID] = err.Error()
			default:
				t.Fatalf("%s: %v", c.ID, err)
			}
		}
	}
	return count
}

// settled returns what tells whether both Pods have all templates and so many constraints.
func (g *reviewed) settled(t *testing.T, kinds map[string]bool) func(context.Context, int) (bool, error) {
	t.Helper()
	return func(ctx context.Context, want int) (bool, error) {
		templates, err := g.client.Resource(schema.GroupVersionResource{
			Group: "templates.gatekeeper.sh", Version: "v1", Resource: "constrainttemplates",
		}).List(ctx, metav1.ListOptions{})
		if err != nil {
			return false, err
		}
		all, found := templates.Items, 0
		for kind := range kinds {
			constraints, err := g.client.Resource(constraintsOf(kind)).List(ctx, metav1.ListOptions{})
			if err != nil {
				return false, err
			}
			found += len(constraints.Items)
			all = append(all, constraints.Items...)
		}
		for _, object := range all {
			if observed := policy.Observe(&object); observed.Pods != gatekeeperPods || len(observed.Behind) > 0 {
				return false, nil
			}
		}
		return found == want, nil
	}
}

// awaitAudit waits for an audit that began after some time, and keeps what it found.
func (g *reviewed) awaitAudit(t *testing.T, after time.Time) {
	names := map[string]bool{}
	for _, c := range g.cases {
		for _, template := range c.Templates {
			names[(&unstructured.Unstructured{Object: template}).GetName()] = true
		}
	}
	g.eventually(t, "the audit has all constraints", func(ctx context.Context) (bool, error) {
		found := map[string]*unstructured.Unstructured{}
		for name := range names {
			constraints, err := g.client.Resource(constraintsOf(name)).List(ctx, metav1.ListOptions{})
			if err != nil {
				return false, err
			}
			for _, constraint := range constraints.Items {
				if !policy.Observe(&constraint).Audited.After(after) {
					return false, nil
				}
				found[constraint.GetKind()+"/"+constraint.GetName()] = &constraint
			}
		}
		g.constraints = found
		return true, nil
	})
}
