package export

import (
	"context"
	"errors"

	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	"github.com/kubectl-opa/kubectl-opa/pkg/fleet"
	"github.com/kubectl-opa/kubectl-opa/pkg/kube"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
)

// stock is what KKP has, live or in manifests.
type stock struct {
	templates   []kubermaticv1.ConstraintTemplate
	constraints []kubermaticv1.Constraint
	registries  []kubermaticv1.AllowedRegistry
	clusters    []kubermaticv1.Cluster
	// unseen says that the user clusters may not be read, which is told already.
	unseen  bool
	edition fleet.Edition
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
	kkp, _, err := o.env.KKP(ctx)
	if err != nil {
		return all, err
	}
	if all.templates, err = kkp.Templates(ctx); err != nil {
		return all, err
	}
	if all.clusters, err = kkp.Clusters(ctx); err != nil {
		// Without a cluster to look for, they only name the folders.
		all.unseen = o.cluster == "" && o.unreadable(err, "the constraints of user clusters go to namespaces/, as the clusters are unknown")
		if !all.unseen {
			return all, err
		}
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
	if all.registries, err = kkp.Registries(ctx); err != nil && !o.unreadable(err, "what KKP has made of AllowedRegistries is exported as it is") {
		return all, err
	}
	all.edition = o.edition.Resolve(ctx, o.env, kkp)
	return all, nil
}

// unreadable warns where an error says only that the user may not read
// something, and tells whether that is all.
func (o *options) unreadable(err error, meaning string) bool {
	if !errors.Is(err, kube.ErrForbidden) {
		return false
	}
	o.env.Warn(meaning + ": " + err.Error())
	return true
}
