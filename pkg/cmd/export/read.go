package export

import (
	"context"

	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	"github.com/kubectl-opa/kubectl-opa/pkg/fleet"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
)

// stock is what KKP has, live or in manifests.
type stock struct {
	templates   []kubermaticv1.ConstraintTemplate
	constraints []kubermaticv1.Constraint
	registries  []kubermaticv1.AllowedRegistry
	clusters    []kubermaticv1.Cluster
	edition     fleet.Edition
	// origins are the manifests of templates by name, empty where they are live.
	origins map[string]manifest.Document
}

func (o *options) read(ctx context.Context) (stock, error) {
	if len(o.files.Paths) > 0 {
		return o.offline()
	}
	return o.live(ctx)
}

// live reads a KKP master or seed; for one user cluster, only its constraints
// and the Default Constraints.
func (o *options) live(ctx context.Context) (stock, error) {
	all := stock{}
	kkp, _, err := o.env.KKP()
	if err != nil {
		return all, err
	}
	if all.clusters, err = kkp.Clusters(ctx); err != nil {
		return all, err
	}
	namespaces := []string{""}
	if o.cluster != "" {
		cluster, err := fleet.Find(all.clusters, o.cluster)
		if err != nil {
			return all, err
		}
		namespaces = []string{kubermaticv1.Namespace}
		if own := cluster.Status.NamespaceName; own != "" {
			namespaces = append(namespaces, own)
		}
	}
	for _, namespace := range namespaces {
		found, err := kkp.Constraints(ctx, namespace)
		if err != nil {
			return all, err
		}
		all.constraints = append(all.constraints, found...)
	}
	if all.templates, err = kkp.Templates(ctx); err != nil {
		return all, err
	}
	if all.registries, err = kkp.Registries(ctx); err != nil {
		return all, err
	}
	all.edition = o.edition.Resolve(ctx, o.env, kkp)
	return all, nil
}
