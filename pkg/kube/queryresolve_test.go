package kube

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"

	"github.com/kubectl-opa/kubectl-opa/pkg/resources"
)

// catalog is a server's discovery: what it serves, and whether that is known
// to be up to date.
type catalog struct {
	discovery.CachedDiscoveryInterface
	groups []*metav1.APIGroup
	lists  []*metav1.APIResourceList
	err    error
	// later is what is served after the cache was invalidated.
	later *catalog
	asked int
}

func (c *catalog) ServerGroupsAndResources() ([]*metav1.APIGroup, []*metav1.APIResourceList, error) {
	c.asked++
	return c.groups, c.lists, c.err
}

func (c *catalog) Fresh() bool { return c.later == nil }

func (c *catalog) Invalidate() {
	if c.later != nil {
		c.groups, c.lists, c.later = c.later.groups, c.later.lists, nil
	}
}

// with adds a version of a group; the first one is the preferred one. Each
// resource is "plural singular Kind short", ending in "!" if cluster-scoped.
func (c *catalog) with(version string, resources ...string) *catalog {
	gv, err := schema.ParseGroupVersion(version)
	if err != nil {
		panic(err)
	}
	found := metav1.GroupVersionForDiscovery{GroupVersion: version, Version: gv.Version}
	if n := len(c.groups); n > 0 && c.groups[n-1].Name == gv.Group {
		c.groups[n-1].Versions = append(c.groups[n-1].Versions, found)
	} else {
		c.groups = append(c.groups, &metav1.APIGroup{
			Name: gv.Group, PreferredVersion: found, Versions: []metav1.GroupVersionForDiscovery{found},
		})
	}
	list := &metav1.APIResourceList{GroupVersion: version}
	for _, resource := range resources {
		words := strings.Fields(strings.TrimSuffix(resource, "!"))
		list.APIResources = append(list.APIResources, metav1.APIResource{
			Name: words[0], SingularName: words[1], Kind: words[2], ShortNames: words[3:],
			Namespaced: !strings.HasSuffix(resource, "!"),
		})
	}
	// The order of the lists must not matter.
	c.lists = append([]*metav1.APIResourceList{list}, c.lists...)
	return c
}

func newCatalog() *catalog {
	c := (&catalog{}).
		with("v1", "pods pod Pod po", "pods/log pod Pod", "events event Event ev", "services service Service svc", "namespaces namespace Namespace ns!").
		with("apps/v1", "deployments deployment Deployment deploy").
		with("events.k8s.io/v1", "events event Event ev").
		with("autoscaling/v2", "horizontalpodautoscalers horizontalpodautoscaler HorizontalPodAutoscaler hpa").
		with("autoscaling/v1", "horizontalpodautoscalers horizontalpodautoscaler HorizontalPodAutoscaler hpa", "olds old Old").
		with("networking.k8s.io/v1", "networkpolicies networkpolicy NetworkPolicy netpol", "ingresses ingress Ingress ing").
		with("crd.projectcalico.org/v1", "networkpolicies networkpolicy NetworkPolicy").
		with("extensions/v1beta1", "ingresses ingress Ingress ing").
		with("metrics.k8s.io/v1beta1", "pods pod PodMetrics").
		with("cluster.x-k8s.io/v1beta1", "clusters cluster Cluster cl!").
		with("kubermatic.k8c.io/v1", "clusters cluster Cluster!", "seeds seed Seed").
		with("serving.knative.dev/v1", "services service Service ksvc", "routes route Route rt").
		with("example.com/v1", "policies policy NetworkThing np", "staff member Person svc")
	return c
}

// serving is a client of a server that serves that much.
func serving(c *catalog) *Queries {
	return (&Client{http: http.DefaultClient, discovery: c}).Queries()
}

func TestResolve(t *testing.T) {
	for word, want := range map[string]string{
		"pods":                               "v1 pods",
		"Pod":                                "v1 pods",
		"PO":                                 "v1 pods",
		"pods.metrics.k8s.io":                "metrics.k8s.io/v1beta1 pods",
		"pods.v1beta1.metrics.k8s.io":        "metrics.k8s.io/v1beta1 pods",
		"podmetrics":                         "metrics.k8s.io/v1beta1 pods",
		"pods.v1.":                           "v1 pods",
		"pods.":                              "v1 pods",
		"events":                             "v1 events",
		"ev":                                 "v1 events",
		"events.events.k8s.io":               "events.k8s.io/v1 events",
		"deploy":                             "apps/v1 deployments",
		"deployments.apps":                   "apps/v1 deployments",
		"deployments.v1.apps":                "apps/v1 deployments",
		"Deployment.v1.apps":                 "apps/v1 deployments",
		"deploy.app":                         "apps/v1 deployments",
		"hpa":                                "autoscaling/v2 horizontalpodautoscalers",
		"hpa.v1.autoscaling":                 "autoscaling/v1 horizontalpodautoscalers",
		"olds":                               "autoscaling/v1 olds",
		"netpol":                             "networking.k8s.io/v1 networkpolicies",
		"networkpolicies":                    "networking.k8s.io/v1 networkpolicies",
		"networkpolicies.crd":                "crd.projectcalico.org/v1 networkpolicies",
		"ingresses":                          "networking.k8s.io/v1 ingresses",
		"services":                           "v1 services",
		"svc":                                "v1 services",
		"ksvc":                               "serving.knative.dev/v1 services",
		"ns":                                 "v1 namespaces (cluster)",
		"seeds":                              "kubermatic.k8c.io/v1 seeds",
		"clusters.kubermatic.k8c.io":         "kubermatic.k8c.io/v1 clusters (cluster)",
		"clusters.v1.kubermatic.k8c.io":      "kubermatic.k8c.io/v1 clusters (cluster)",
		"cl":                                 "cluster.x-k8s.io/v1beta1 clusters (cluster)",
		"Person":                             "example.com/v1 staff",
		"member":                             "example.com/v1 staff",
		"cluster":                            `resource "cluster" is ambiguous; write one of: clusters.cluster.x-k8s.io, clusters.kubermatic.k8c.io`,
		"clusters":                           `resource "clusters" is ambiguous; write one of: clusters.cluster.x-k8s.io, clusters.kubermatic.k8c.io`,
		"pods/log":                           `the server has no resource "pods/log"; nearest: pods`,
		"podz":                               `the server has no resource "podz"; nearest: pods`,
		"deployments.batch":                  `the server has no resource "deployments.batch"; nearest: deployments.apps`,
		"deployments.v1beta1.apps":           `the server has no resource "deployments.v1beta1.apps"; nearest: deployments.apps`,
		"cluste":                             `the server has no resource "cluste"; nearest: clusters.cluster.x-k8s.io, clusters.kubermatic.k8c.io`,
		"zebras":                             `the server has no resource "zebras"`,
		".apps":                              `the server has no resource ".apps"`,
		"../../secrets":                      `the server has no resource "../../secrets"`,
		strings.Repeat("p", 1<<20) + ".apps": `the server has no resource "` + strings.Repeat("p", 80) + `"…`,
	} {
		t.Run(word[:min(len(word), 40)], func(t *testing.T) {
			got, err := resolve(t.Context(), serving(newCatalog()), word)
			if err != nil {
				got = err.Error()
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// resolve gives a resource as text.
func resolve(ctx context.Context, queries *Queries, word string) (string, error) {
	r, err := queries.Resolve(ctx, word)
	if err != nil {
		return "", err
	}
	text := schema.GroupVersion{Group: r.Group, Version: r.Version}.String() + " " + r.Name
	if !r.Namespaced {
		text += " (cluster)"
	}
	return text, nil
}

func TestResolveAsksOnce(t *testing.T) {
	served := newCatalog()
	queries := serving(served)
	for _, word := range []string{"pods", "deploy", "zebras"} {
		_, _ = queries.Resolve(t.Context(), word)
	}
	if served.asked != 1 {
		t.Errorf("want one look at what is served, found %d", served.asked)
	}
}

func TestResolveLooksAgain(t *testing.T) {
	served := newCatalog()
	served.later = newCatalog().with("new.example.com/v1", "zebras zebra Zebra")
	queries := serving(served)
	if got, err := resolve(t.Context(), queries, "pods"); err != nil || served.asked != 1 {
		t.Error(got, err, served.asked)
	}
	got, err := resolve(t.Context(), queries, "zebras")
	if err != nil || got != "new.example.com/v1 zebras" || served.asked != 2 {
		t.Errorf("want what is served by now, found %q, %v after %d looks", got, err, served.asked)
	}
}

// TestIndex wants what is served now, though it was asked before, and the error
// where that cannot be had.
func TestIndex(t *testing.T) {
	served := newCatalog()
	served.later = newCatalog().with("new.example.com/v1", "zebras zebra Zebra")
	queries := serving(served)
	if _, err := queries.Resolve(t.Context(), "pods"); err != nil {
		t.Fatal(err)
	}
	index, err := queries.Index(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if r, err := index.Resolve("zebras"); err != nil || r.Group != "new.example.com" || served.asked != 2 {
		t.Errorf("found %v, %v after %d looks", r, err, served.asked)
	}
	served.err = errors.New("no connection")
	if index, err := queries.Index(t.Context()); err == nil || !strings.Contains(err.Error(), "asking which resources are served") {
		t.Errorf("found %v, %v", index, err)
	}
}

func TestResolveWithGroupsThatAreDown(t *testing.T) {
	served := newCatalog()
	served.err = &discovery.ErrGroupDiscoveryFailed{Groups: map[schema.GroupVersion]error{
		{Group: "metrics.k8s.io", Version: "v1"}: errors.New("down"),
	}}
	queries := serving(served)
	if got, err := resolve(t.Context(), queries, "pods"); err != nil || got != "v1 pods" {
		t.Errorf("want pods all the same, found %q, %v", got, err)
	}
	_, err := queries.Resolve(t.Context(), "zebras")
	var unknown *resources.UnknownError
	if !errors.As(err, &unknown) || !strings.Contains(err.Error(), "(but the API groups metrics.k8s.io/v1 did not answer)") {
		t.Errorf("want to hear that not all groups answered, found %v", err)
	}
	served = &catalog{err: errors.New("refused")}
	if _, err := serving(served).Resolve(t.Context(), "pods"); err == nil ||
		!strings.Contains(err.Error(), "asking which resources are served: refused") {
		t.Errorf("want the reason, found %v", err)
	}
}

func TestResolveStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := serving(newCatalog()).Resolve(ctx, "pods"); !errors.Is(err, context.Canceled) {
		t.Errorf("want the context's error, found %v", err)
	}
}

// TestResolvePrefersWhatTheServerSays shows that neither the order of groups
// nor that of versions decides where something else does.
func TestResolvePrefersWhatTheServerSays(t *testing.T) {
	served := (&catalog{}).
		with("events.k8s.io/v1", "events event Event").
		with("example.com/v2beta1", "things thing Thing", "oldest oldie Oldie").
		with("example.com/v1beta1", "things thing Thing").
		with("example.com/v1", "things thing Thing", "plain plain Plain").
		with("v1", "events event Event")
	served.groups[1].PreferredVersion = served.groups[1].Versions[2]
	for word, want := range map[string]string{
		"events": "v1 events",
		"things": "example.com/v1 things",
		"oldest": "example.com/v2beta1 oldest",
		"plain":  "example.com/v1 plain",
	} {
		if got, err := resolve(t.Context(), serving(served), word); err != nil || got != want {
			t.Errorf("want %s, found %s, %v", want, got, err)
		}
	}
}
