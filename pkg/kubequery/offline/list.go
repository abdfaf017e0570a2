package offline

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery"
)

// selection is what a request for a list asks for.
type selection struct {
	// prefix begins the keys of the namespace's objects.
	prefix string
	// start is the first key that may be on the page.
	start  string
	labels labels.Selector
	fields fields.Selector
	// all says that nothing is left out.
	all bool
	// limit bounds the number of objects; 0 is no bound.
	limit int
}

// selection reads a request. The error is what the API server answers.
func (k *kind) selection(request kubequery.Request) (selection, error) {
	s := selection{limit: request.Limit, all: request.LabelSelector == "" && request.FieldSelector == ""}
	if k.names.Namespaced && request.Namespace != "" {
		s.prefix = request.Namespace + "/"
	}
	var err error
	if s.labels, err = labels.Parse(request.LabelSelector); err != nil {
		return s, err
	}
	if s.fields, err = k.fieldSelector(request.Resource.Version, request.FieldSelector); err != nil {
		return s, err
	}
	s.start, err = startOf(request.Continue)
	return s, err
}

// list answers a request for a list.
func (k *kind) list(request kubequery.Request) (kubequery.Response, error) {
	s, err := k.selection(request)
	if err != nil {
		return badRequest(err)
	}
	version := request.Resource.Version
	selectable, _ := k.selectable(version)
	metadata := map[string]any{"resourceVersion": strconv.Itoa(resourceVersion)}
	if k.origin != builtin {
		metadata["continue"] = ""
	}
	items := []any{}
	candidates := k.from(s)
	for i, o := range candidates {
		if !s.labels.Matches(o.labels) || !s.fields.Matches(values{selectable, o}) {
			continue
		}
		items = append(items, k.item(o))
		if len(items) == s.limit && i+1 < len(candidates) {
			if metadata["continue"], err = continueAfter(o.key); err != nil {
				return kubequery.Response{}, err
			}
			if s.all {
				metadata["remainingItemCount"] = len(candidates) - s.limit
			}
			break
		}
	}
	return answered(http.StatusOK, map[string]any{
		"apiVersion": schema.GroupVersion{Group: k.group, Version: version}.String(),
		"kind":       k.listKind, "metadata": metadata, "items": items,
	})
}

// from are the objects that may be on a page.
func (k *kind) from(s selection) []*object {
	first, _ := k.search(max(s.prefix, s.start))
	candidates := k.objects[first:]
	end := slices.IndexFunc(candidates, func(o *object) bool { return !strings.HasPrefix(o.key, s.prefix) })
	if end < 0 {
		return candidates
	}
	return candidates[:end]
}

// item is an object as lists have it: of Kubernetes' own kinds without the type.
func (k *kind) item(o *object) map[string]any {
	if k.origin != builtin {
		return o.value
	}
	item := maps.Clone(o.value)
	delete(item, "apiVersion")
	delete(item, "kind")
	return item
}
