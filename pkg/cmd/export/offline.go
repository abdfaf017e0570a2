package export

import (
	"errors"
	"fmt"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd/internal/object"
	"github.com/kubectl-opa/kubectl-opa/pkg/fleet"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
	"github.com/kubectl-opa/kubectl-opa/pkg/platform"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
)

// offline reads KKP's objects from manifests. All mistakes are told at once.
func (o *options) offline() (stock, error) {
	all := stock{edition: fleet.Edition(o.edition.Value), origins: map[string]manifest.Document{}}
	documents, err := manifest.Load(o.files.Paths, o.env.In)
	if errors.Is(err, manifest.ErrNoDocuments) {
		return all, fmt.Errorf("%w: %w", cli.ErrNothing, err)
	}
	if err != nil {
		return all, err
	}
	problems := []error{}
	seen := map[string]manifest.Position{}
	for _, document := range documents {
		if err := all.add(document, o.env.GivenNamespace()); err != nil {
			problems = append(problems, object.Explain(document, err))
			continue
		}
		found := document.Object()
		key := fmt.Sprintf("%s %s/%s", found.GetKind(), found.GetNamespace(), found.GetName())
		if first, twice := seen[key]; twice {
			problems = append(problems, object.Explain(document, fmt.Errorf("stands at %s too: keep one of them", first)))
		}
		seen[key] = document.Position
	}
	if o.cluster != "" && len(all.clusters) == 0 {
		problems = append(problems, advice.Errorf("add the Cluster to the manifests, as kubectl get clusters.kubermatic.k8c.io prints it",
			"-c %s: the manifests hold no user cluster", o.cluster))
	}
	return all, errors.Join(problems...)
}

// add reads one document. namespace is that of constraints that name none.
func (s *stock) add(document manifest.Document, namespace string) error {
	item := document.Object()
	kind := item.GetKind()
	if item.GroupVersionKind().Group != kubermaticv1.GroupVersion.Group {
		kind = ""
	}
	switch kind {
	case kubermaticv1.KindConstraintTemplate:
		template, _, err := policy.ReadTemplate(item)
		if err == nil {
			s.templates = append(s.templates, *template)
			s.origins[template.Name] = document
			_, err = policy.ExportTemplate(template)
		}
		return err
	case kubermaticv1.KindConstraint:
		return s.addConstraint(document, namespace)
	case kubermaticv1.KindAllowedRegistry:
		registry, err := policy.ReadRegistry(item)
		if err == nil {
			s.registries = append(s.registries, *registry)
		}
		return err
	case kubermaticv1.KindCluster:
		cluster, err := platform.Read[kubermaticv1.Cluster](item)
		if err == nil {
			s.clusters = append(s.clusters, *cluster)
		}
		return err
	}
	return advice.Wrap(&policy.FieldError{Path: []any{"kind"}, Problem: fmt.Sprintf(
		"want KKP's ConstraintTemplate, Constraint, AllowedRegistry or Cluster, found %q of %q", item.GetKind(), item.GetAPIVersion())},
		"give -f only KKP's policies; what is plain Gatekeeper's needs no export")
}

func (s *stock) addConstraint(document manifest.Document, namespace string) error {
	item := document.Object()
	if item.GetNamespace() == "" {
		item.SetNamespace(namespace)
	}
	constraint, _, err := policy.ReadConstraint(item)
	if err != nil {
		return err
	}
	if constraint.Namespace == "" {
		return &policy.FieldError{Path: []any{"metadata", "namespace"}, Problem: "missing: give it, or -n " + kubermaticv1.Namespace +
			" where those without one are Default Constraints"}
	}
	s.constraints = append(s.constraints, *constraint)
	_, err = policy.ExportConstraint(constraint)
	return err
}
