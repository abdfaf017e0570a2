package platform

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
)

// at once bounds how many lists are read at the same time.
const atOnce = 8

// Gatekeeper is a cluster that has Gatekeeper, seen through its own objects.
type Gatekeeper struct {
	Cluster
}

// TemplatesPlace is where ConstraintTemplates are, in the version that the
// cluster prefers. The error says where the cluster does not have them.
func (g Gatekeeper) TemplatesPlace(ctx context.Context) (Place, error) {
	served, err := g.Served(ctx, policy.TemplatesGroup)
	if err != nil {
		return Place{}, err
	}
	for _, resource := range served {
		if resource.Kind == policy.KindTemplate {
			return Place{GroupVersionResource: resource.Resource}, nil
		}
	}
	return Place{}, advice.Errorf("install Gatekeeper first: https://open-policy-agent.github.io/gatekeeper/website/docs/install",
		"the cluster has no ConstraintTemplates: it does not serve %s", policy.TemplatesGroup)
}

// Templates returns all ConstraintTemplates.
func (g Gatekeeper) Templates(ctx context.Context) ([]*unstructured.Unstructured, error) {
	place, err := g.TemplatesPlace(ctx)
	if err != nil {
		return nil, err
	}
	return g.List(ctx, place, "")
}

// Kinds are the kinds of constraints that the cluster serves, sorted.
func (g Gatekeeper) Kinds(ctx context.Context) ([]Served, error) {
	served, err := g.Served(ctx, policy.ConstraintsGroup)
	slices.SortFunc(served, func(a, b Served) int { return strings.Compare(a.Kind, b.Kind) })
	return served, err
}

// Constraints returns the constraints of all kinds, sorted by kind and name.
func (g Gatekeeper) Constraints(ctx context.Context, labelSelector string) ([]*unstructured.Unstructured, error) {
	kinds, err := g.Kinds(ctx)
	if err != nil {
		return nil, err
	}
	return g.listAll(ctx, kinds, labelSelector)
}

// listAll lists several resources in all namespaces, and keeps their order.
func (g Gatekeeper) listAll(ctx context.Context, resources []Served, labelSelector string) ([]*unstructured.Unstructured, error) {
	lists := make([][]*unstructured.Unstructured, len(resources))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for i, resource := range resources {
		group.Go(func() error {
			var err error
			lists[i], err = g.List(ctx, Place{GroupVersionResource: resource.Resource}, labelSelector)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return slices.Concat(lists...), nil
}

// FindConstraint finds a constraint by its name or, as several kinds may have
// the same name, by KIND/NAME. A missing one is the cluster's own "not found"
// where the kind is given; else the error says so.
func (g Gatekeeper) FindConstraint(ctx context.Context, name string) (Place, *unstructured.Unstructured, error) {
	kinds, err := g.Kinds(ctx)
	if err != nil {
		return Place{}, nil, err
	}
	if kind, bare, given := strings.Cut(name, "/"); given {
		return g.findOfKind(ctx, kinds, kind, bare)
	}
	all, err := g.listAll(ctx, kinds, "")
	if err != nil {
		return Place{}, nil, err
	}
	found := slices.DeleteFunc(all, func(c *unstructured.Unstructured) bool { return c.GetName() != name })
	switch len(found) {
	case 1:
		return g.placeOf(kinds, found[0].GetKind()), found[0], nil
	case 0:
		return Place{}, nil, advice.Wrap(fmt.Errorf("constraint %q: %w", name, ErrNoConstraint), "see what is there: kubectl opa constraint list")
	}
	names := []string{}
	for _, constraint := range found {
		names = append(names, constraint.GetKind()+"/"+name)
	}
	return Place{}, nil, advice.Errorf("give one of "+strings.Join(names, ", "), "several constraints have the name %q", name)
}

// ErrNoConstraint says that no kind has a constraint of a name.
var ErrNoConstraint = fmt.Errorf("no kind of constraint has this name")

func (g Gatekeeper) findOfKind(ctx context.Context, kinds []Served, kind, name string) (Place, *unstructured.Unstructured, error) {
	place := g.placeOf(kinds, kind)
	if place.Resource == "" {
		names := []string{}
		for _, known := range kinds {
			names = append(names, known.Kind)
		}
		next := "there are: " + strings.Join(names, ", ")
		if len(names) == 0 {
			next = "there is none yet: create a template first"
		}
		return Place{}, nil, advice.Errorf(next, "no template makes the kind %q", kind)
	}
	object, err := g.Get(ctx, place, name)
	return place, object, err
}

// placeOf is where constraints of a kind are; without a resource where the
// kind is not served. Upper and lower case do not count: kinds are typed.
func (g Gatekeeper) placeOf(kinds []Served, kind string) Place {
	for _, served := range kinds {
		if strings.EqualFold(served.Kind, kind) {
			return Place{GroupVersionResource: served.Resource}
		}
	}
	return Place{}
}

// ConstraintPlace is where constraints of a kind are; not served says that
// the cluster does not have the kind, or not yet.
func (g Gatekeeper) ConstraintPlace(ctx context.Context, kind string) (place Place, served bool, err error) {
	kinds, err := g.Kinds(ctx)
	if err != nil {
		return Place{}, false, err
	}
	for _, known := range kinds {
		if known.Kind == kind {
			return Place{GroupVersionResource: known.Resource}, true, nil
		}
	}
	return Place{GroupVersionResource: policy.ConstraintResource(kind)}, false, nil
}

// crds are where the schemas of the kinds are.
var crds = Place{GroupVersionResource: schema.GroupVersionResource{
	Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions",
}}

// KnowsScopes tells whether Gatekeeper knows scoped enforcement actions of a
// kind: it writes them into the kind's schema from 3.17 on.
func (g Gatekeeper) KnowsScopes(ctx context.Context, kind string) (bool, error) {
	crd, err := g.Get(ctx, crds, policy.ConstraintResource(kind).Resource+"."+policy.ConstraintsGroup)
	if err != nil {
		return false, err
	}
	versions, _, _ := unstructured.NestedSlice(crd.Object, "spec", "versions")
	for _, item := range versions {
		version, _ := item.(map[string]any)
		_, found, _ := unstructured.NestedFieldNoCopy(version,
			"schema", "openAPIV3Schema", "properties", "spec", "properties", "scopedEnforcementActions")
		if found {
			return true, nil
		}
	}
	return false, nil
}

// own are the groups in which Gatekeeper keeps its own notes: they come back
// by themselves.
var own = []string{"status.gatekeeper.sh"}

// Objects returns everything that is made for Gatekeeper to act on: the
// objects of all its API groups, such as templates, constraints, the Config,
// SyncSets, providers and mutations. Templates come first, then constraints.
func (g Gatekeeper) Objects(ctx context.Context) ([]*unstructured.Unstructured, error) {
	groups, err := g.Groups(ctx)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(groups, func(a, b string) int {
		if rank(a) != rank(b) {
			return rank(a) - rank(b)
		}
		return strings.Compare(a, b)
	})
	resources := []Served{}
	for _, group := range groups {
		if !strings.HasSuffix(group, ".gatekeeper.sh") || slices.Contains(own, group) {
			continue
		}
		served, err := g.Served(ctx, group)
		if err != nil {
			return nil, err
		}
		slices.SortFunc(served, func(a, b Served) int { return strings.Compare(a.Kind, b.Kind) })
		resources = append(resources, served...)
	}
	return g.listAll(ctx, resources, "")
}

func rank(group string) int {
	switch group {
	case policy.TemplatesGroup:
		return 0
	case policy.ConstraintsGroup:
		return 1
	}
	return 2
}
