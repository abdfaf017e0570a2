package offline

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery"
	"github.com/kubectl-opa/kubectl-opa/pkg/resources"
)

// Cluster answers from manifests (kubequery.Cluster).
type Cluster struct {
	catalogue *catalogue
	index     *resources.Index
	kinds     map[schema.GroupResource]*kind
}

func newCluster(catalogue *catalogue) *Cluster {
	c := &Cluster{catalogue: catalogue, index: catalogue.index(), kinds: map[schema.GroupResource]*kind{}}
	for _, k := range catalogue.sorted {
		c.kinds[k.groupResource()] = k
	}
	return c
}

// Resolve finds the resource that a word means. See resources.Index for the
// rules. Where the word names no version, it means the one that the objects are
// written in, if they all are.
func (c *Cluster) Resolve(ctx context.Context, word string) (resources.Resource, error) {
	if err := ctx.Err(); err != nil {
		return resources.Resource{}, err
	}
	resource, err := c.index.Resolve(word)
	var unknown *resources.UnknownError
	if errors.As(err, &unknown) {
		return resource, advice.Wrap(err, "only what Kubernetes %s serves and what the manifests have is known; give the CRD of anything else as well", c.catalogue.table.Kubernetes)
	}
	if err != nil || strings.HasSuffix(strings.ToLower(word), "."+resource.Version+"."+resource.Group) {
		return resource, err
	}
	if k := c.kind(resource); k != nil && len(k.written) == 1 {
		for version := range k.written {
			if k.serves(version) {
				resource.Version = version
			}
		}
	}
	return resource, nil
}

// Index is all that is known to be served.
func (c *Cluster) Index(ctx context.Context) (*resources.Index, error) { return c.index, ctx.Err() }

func (c *Cluster) kind(r resources.Resource) *kind {
	return c.kinds[schema.GroupResource{Group: r.Group, Resource: r.Name}]
}

// Do answers one request as the API server would. The error is about a request
// that no URL can be made of, or about objects that would have to be converted.
func (c *Cluster) Do(ctx context.Context, request kubequery.Request) (kubequery.Response, error) {
	if err := ctx.Err(); err != nil {
		return kubequery.Response{}, err
	}
	if _, err := request.URL(&url.URL{}); err != nil {
		return kubequery.Response{}, err
	}
	k := c.kind(request.Resource)
	switch {
	case k == nil || !k.serves(request.Resource.Version):
		return notServed(http.StatusNotFound)
	case request.Name != "" && !k.can("get"):
		return notServed(http.StatusNotFound)
	case !k.can("list") && k.names.Namespaced && request.Namespace == "":
		return notServed(http.StatusNotFound)
	case !k.can("list"):
		return notServed(http.StatusMethodNotAllowed)
	}
	if err := c.converted(k, request.Resource.Version); err != nil {
		return kubequery.Response{}, err
	}
	if request.Name == "" {
		return k.list(request)
	}
	return k.get(request)
}

// get answers a request for one object.
func (k *kind) get(request kubequery.Request) (kubequery.Response, error) {
	key := request.Name
	if k.names.Namespaced {
		key = request.Namespace + "/" + request.Name
	}
	if o := k.find(key); o != nil {
		return answered(http.StatusOK, o.value)
	}
	return k.notFound(request.Name)
}

// converted refuses to answer in a version that an object is not written in:
// converting is the API server's business.
func (c *Cluster) converted(k *kind, version string) error {
	if err := k.writtenIn(k, version); err != nil {
		return err
	}
	for _, other := range c.catalogue.sorted {
		if other != k && c.sameObjects(other, k) {
			if err := other.writtenIn(k, version); err != nil {
				return err
			}
		}
	}
	return nil
}

// writtenIn finds objects that are not written in a version of a kind, which is
// their own or another view of them: then those that are there in both are right.
func (k *kind) writtenIn(want *kind, version string) error {
	gv := schema.GroupVersion{Group: want.group, Version: version}
	if k == want && len(k.written) == 1 && k.written[version] {
		return nil
	}
	for _, o := range k.objects {
		written := schema.GroupVersion{Group: k.group, Version: o.version}
		if written == gv || k != want && want.find(o.key) != nil {
			continue
		}
		next := "write it in " + gv.String()
		if alone := len(k.written) == 1 && (k == want || len(want.objects) == 0); alone && k.serves(o.version) {
			next += ", or ask for " + k.names.Name + "." + o.version + "." + k.group
		}
		f := found{value: o.value, at: o.at}
		return advice.Wrap(f.wrong("is written in %s, and asked for in %s: only an API server can convert it", written, gv), "%s", next)
	}
	return nil
}

// sameObjects tells whether two kinds are two views of the same objects, as all
// resources are that Kubernetes has in two of its groups: events, and what was
// in the group extensions once.
func (c *Cluster) sameObjects(a, b *kind) bool {
	return a.names.Name == b.names.Name && c.catalogue.own(a.group) && c.catalogue.own(b.group)
}
