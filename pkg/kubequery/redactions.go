package kubequery

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/kubectl-opa/kubectl-opa/pkg/projection"
	"github.com/kubectl-opa/kubectl-opa/pkg/redact"
)

// redactions tells of redacted values that come to a policy. It stands at both
// ends of a reader: as its cluster it notes which answers were recorded
// without some values, and as a reader around it it looks whether such values
// became part of what the policy is given.
type redactions struct {
	Cluster
	reader reader
	notify func(Event)

	mu sync.Mutex
	// noted are requests for whole lists and for objects.
	noted map[Request]bool
	// told are the paths that were told, after the name of their object.
	told map[string]bool
}

// newRedactions puts itself around the reader that makes of a cluster.
func newRedactions(cluster Cluster, notify func(Event), makeReader func(Cluster) reader) *redactions {
	r := &redactions{Cluster: cluster, notify: notify, noted: map[Request]bool{}, told: map[string]bool{}}
	r.reader = makeReader(r)
	return r
}

// Do implements Cluster.
func (r *redactions) Do(ctx context.Context, request Request) (Response, error) {
	response, err := r.Cluster.Do(ctx, request)
	if err == nil && response.Redacted && response.StatusCode == http.StatusOK {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.noted[request.whole()] = true
	}
	return response, err
}

// read implements reader.
func (r *redactions) read(ctx context.Context, q question) (*ast.Term, error) {
	answer, err := r.reader.read(ctx, q)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	noted := r.noted[q.request().whole()]
	r.mu.Unlock()
	if noted {
		for _, redacted := range redactedIn(q, answer) {
			r.tell(redacted)
		}
	}
	return answer, nil
}

// tell tells of the fields that were not told before: an object can be in the
// answers to several questions.
func (r *redactions) tell(redacted Redacted) {
	redacted.Fields = slices.DeleteFunc(redacted.Fields, func(field string) bool {
		key := strings.Join([]string{redacted.Resource.String(), redacted.Namespace, redacted.Name, field}, "\x00")
		known := r.told[key]
		r.told[key] = true
		return known
	})
	if len(redacted.Fields) > 0 {
		r.notify(redacted)
	}
}

// named is what of an answer is decoded whatever a policy wants of it: the
// names of Secrets, so that Redacted can say whose values they are.
func named(q question) *projection.Shape {
	if !redact.IsSecret(q.resource) {
		return nil
	}
	fields := func(fields map[string]*projection.Shape) *projection.Shape { return &projection.Shape{Fields: fields} }
	object := fields(map[string]*projection.Shape{
		"metadata": fields(map[string]*projection.Shape{"name": {}, "namespace": {}}),
	})
	if q.name != "" {
		return object
	}
	return fields(map[string]*projection.Shape{"items": {Each: object}})
}

// redactedIn finds the redacted values in an answer, object by object.
func redactedIn(q question, answer *ast.Term) []Redacted {
	body := answer.Get(ast.StringTerm("body"))
	if body == nil {
		return nil
	}
	objects := []*ast.Term{body}
	if items := body.Get(ast.StringTerm("items")); items != nil && q.name == "" {
		objects = nil
		if array, ok := items.Value.(*ast.Array); ok {
			array.Foreach(func(item *ast.Term) { objects = append(objects, item) })
		}
	}
	found := []Redacted{}
	for _, object := range objects {
		if fields := redactedFields(nil, object, nil); len(fields) > 0 {
			redacted := Redacted{Resource: q.resource, Namespace: q.namespace, Name: q.name, Fields: fields}
			if q.name == "" {
				redacted.Name = metadataOf(object, "name")
			}
			if q.namespace == "" {
				redacted.Namespace = metadataOf(object, "namespace")
			}
			slices.Sort(fields)
			found = append(found, redacted)
		}
	}
	return found
}

// redactedFields adds the paths of all texts with a redacted value.
func redactedFields(path ast.Ref, value *ast.Term, fields []string) []string {
	below := func(key, value *ast.Term) { fields = redactedFields(path.Append(key), value, fields) }
	switch v := value.Value.(type) {
	case ast.Object:
		v.Foreach(func(key, value *ast.Term) {
			if name, ok := key.Value.(ast.String); ok && len(path) == 0 {
				key = ast.VarTerm(string(name)) // a reference begins with a variable
			}
			below(key, value)
		})
	case *ast.Array:
		for i := range v.Len() {
			below(ast.IntNumberTerm(i), v.Elem(i))
		}
	case ast.String:
		if strings.Contains(string(v), redact.Mark) {
			fields = append(fields, path.String())
		}
	}
	return fields
}

func metadataOf(object *ast.Term, field string) string {
	metadata := object.Get(ast.StringTerm("metadata"))
	if metadata == nil {
		return ""
	}
	value := metadata.Get(ast.StringTerm(field))
	if value == nil {
		return ""
	}
	text, _ := value.Value.(ast.String)
	return string(text)
}
