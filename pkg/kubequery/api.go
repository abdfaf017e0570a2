package kubequery

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
)

const (
	// pageSize is the number of objects that one request for a list returns.
	pageSize = 500
	// maxRestarts bounds how often a list is begun again because its continue
	// token expired on the way.
	maxRestarts = 3
	// maxErrorBody bounds what is read of a body that only explains a refusal.
	maxErrorBody = 1 << 20
)

// api is the reader that asks a cluster.
type api struct {
	cluster Cluster
	notify  func(Event)
}

// read answers a question in as many requests as it takes. A list is whole, or
// an error: where its continue token expires, it is begun again.
func (a api) read(ctx context.Context, q question) (*ast.Term, error) {
	for restart := 0; ; restart++ {
		result, err := a.attempt(ctx, q)
		if !errors.Is(err, errExpired) {
			return result, err
		}
		if restart == maxRestarts {
			return nil, fmt.Errorf("listing %s: %w %d times before the end", q.resource, err, maxRestarts+1)
		}
	}
}

// errExpired says that the server no longer knows what a continue token stands for.
var errExpired = errors.New("the list expired")

func (a api) attempt(ctx context.Context, q question) (*ast.Term, error) {
	request := q.request()
	var first page
	items := []*ast.Term{}
	for number := 0; ; number++ {
		response, err := a.cluster.Do(ctx, request)
		if err != nil {
			return nil, err
		}
		if response.StatusCode != http.StatusOK {
			return a.refused(q, request, response)
		}
		if q.name != "" {
			return object(response)
		}
		page, err := read(response, decodePage)
		if err != nil {
			return nil, fmt.Errorf("listing %s: %w", q.resource, err)
		}
		if number == 0 {
			first = page
		}
		items = append(items, page.items...)
		if page.next == "" {
			body, err := list(first, items)
			if err != nil {
				return nil, fmt.Errorf("listing %s: %w", q.resource, err)
			}
			return answer(response, body), nil
		}
		if page.next == request.Continue {
			return nil, fmt.Errorf("listing %s: the server gives the same continue token again", q.resource)
		}
		request.Continue = page.next
	}
}

func object(response Response) (*ast.Term, error) {
	body, err := read(response, decodeObject)
	if err != nil {
		return nil, err
	}
	return answer(response, body), nil
}

// read decodes a body and closes it.
func read[T any](response Response, decode func(io.Reader) (T, error)) (T, error) {
	defer response.Body.Close()
	return decode(response.Body)
}

// refused turns a status other than 200 into what a policy sees of it. That
// something is forbidden or not there is a result; all else is an error, so
// that no policy takes a failure for an empty answer.
func (a api) refused(q question, request Request, response Response) (*ast.Term, error) {
	text, err := read(response, func(in io.Reader) ([]byte, error) { return io.ReadAll(io.LimitReader(in, maxErrorBody)) })
	if err != nil {
		return nil, fmt.Errorf("reading the answer %q: %w", response.Status, err)
	}
	var status struct {
		Message string `json:"message"`
	}
	_ = json.Unmarshal(text, &status) // a proxy may answer with something else
	switch {
	case response.StatusCode == http.StatusForbidden:
		a.notify(Forbidden{Verb: q.verb(), Resource: q.resource, Namespace: q.namespace, Name: q.name, Message: status.Message})
		return answer(response, value(text)), nil
	case response.StatusCode == http.StatusNotFound:
		return answer(response, value(text)), nil
	case response.StatusCode == http.StatusGone && request.Continue != "":
		return nil, errExpired
	}
	err = fmt.Errorf("asking to %s %s: the server answers %q", q.verb(), q.resource, response.Status)
	if status.Message != "" {
		err = fmt.Errorf("%w: %s", err, shorten(status.Message))
	}
	if response.StatusCode == http.StatusUnauthorized {
		return nil, advice.Wrap(err, "log in again, or choose another identity with --context or --kubeconfig")
	}
	return nil, err
}

// value is a body that may be no JSON, such as "404 page not found": then it
// is null, as in OPA's http.send.
func value(text []byte) *ast.Term {
	parsed, err := ast.ValueFromReader(bytes.NewReader(text))
	if err != nil {
		return ast.NullTerm()
	}
	return ast.NewTerm(parsed)
}
