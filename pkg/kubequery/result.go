package kubequery

import (
	"net/http"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/util"

	"github.com/kubectl-opa/kubectl-opa/pkg/projection"
)

// answer is the value that a policy gets: the HTTP response in the shape of
// OPA's http.send, and beside it the fields of its body where the response has
// none of that name. So both result.body.items and result.items are a list's
// objects; result.status is the response's, result.body.status the object's.
func answer(response Response, body *ast.Term) *ast.Term {
	object := ast.NewObject(
		ast.Item(ast.StringTerm("status_code"), ast.IntNumberTerm(response.StatusCode)),
		ast.Item(ast.StringTerm("status"), ast.StringTerm(response.Status)),
		ast.Item(ast.StringTerm("headers"), headers(response.Header)),
		ast.Item(ast.StringTerm("body"), body),
	)
	if fields, ok := body.Value.(ast.Object); ok {
		fields.Foreach(func(key, value *ast.Term) {
			if object.Get(key) == nil {
				object.Insert(key, value)
			}
		})
	}
	return ast.NewTerm(object)
}

// headers are the header fields, lower-case name to list of values.
func headers(header http.Header) *ast.Term {
	object := ast.NewObject()
	for name, values := range header {
		list := make([]*ast.Term, len(values))
		for i, value := range values {
			list[i] = ast.StringTerm(value)
		}
		object.Insert(ast.StringTerm(strings.ToLower(name)), ast.ArrayTerm(list...))
	}
	return ast.NewTerm(object)
}

// list is the body of a whole list: the fields of its first projection.Page, and all
// items. What is said about further pages is left out: there are none.
func list(first projection.Page, items []*ast.Term) (*ast.Term, error) {
	body := ast.NewObjectWithCapacity(len(first.Fields) + 1)
	for name, text := range first.Fields {
		var field any
		if err := util.UnmarshalJSON(text, &field); err != nil {
			return nil, err
		}
		if metadata, ok := field.(map[string]any); ok && name == "metadata" {
			delete(metadata, "continue")
			delete(metadata, "remainingItemCount")
		}
		value, err := ast.InterfaceToValue(field)
		if err != nil {
			return nil, err
		}
		body.Insert(ast.StringTerm(name), ast.NewTerm(value))
	}
	body.Insert(ast.StringTerm("items"), ast.ArrayTerm(slices.Clip(items)...))
	return ast.NewTerm(body), nil
}
