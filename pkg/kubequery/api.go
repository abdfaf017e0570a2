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
	"github.com/kubectl-opa/kubectl-opa/pkg/projection"
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
	decoder *projection.Decoder
	wanted  *wanted
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
	if q.name != "" {
		return a.one(ctx, q)
	}
	return a.list(ctx, q)
}

func (a api) one(ctx context.Context, q question) (*ast.Term, error) {
	request := q.request()
	response, err := a.cluster.Do(ctx, request)
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		return a.refused(q, request, response)
	}
	defer response.Body.Close()
	body, err := a.decoder.Object(response.Body, a.wanted.of(ctx, q))
	if err != nil {
		return nil, err
	}
	return answer(response, body), nil
}

// list reads all pages of a list. While one is decoded, the next one is on its
// way.
func (a api) list(ctx context.Context, q question) (*ast.Term, error) {
	ahead := newAhead(ctx, a.cluster)
	defer ahead.stop()
	shape := a.wanted.of(ctx, q).Field("items").Elements()
	request := q.request()
	ahead.ask(request)
	var first projection.Page
	items := []*ast.Term{}
	for number := 0; ; number++ {
		response, err := ahead.answer()
		if err != nil {
			return nil, err
		}
		if response.StatusCode != http.StatusOK {
			return a.refused(q, request, response)
		}
		page, err := a.page(response, shape, request, ahead)
		if err != nil {
			return nil, fmt.Errorf("listing %s: %w", q.resource, err)
		}
		if number == 0 {
			first = page
		}
		items = append(items, page.Items...)
		if page.Next == "" {
			body, err := list(first, items)
			if err != nil {
				return nil, fmt.Errorf("listing %s: %w", q.resource, err)
			}
			return answer(response, body), nil
		}
		request.Continue = page.Next
	}
}

// page reads one page, and asks for the next one as soon as it says that there
// is one.
func (a api) page(response Response, shape *projection.Shape, request Request, ahead *ahead) (projection.Page, error) {
	defer response.Body.Close()
	repeated := false
	p, err := a.decoder.Page(response.Body, shape, func(token string) {
		if repeated = token == request.Continue; !repeated {
			request.Continue = token
			ahead.ask(request)
		}
	})
	if err == nil && repeated {
		err = errors.New("the server gives the same continue token again")
	}
	return p, err
}

// refused turns a status other than 200 into what a policy sees of it. That
// something is forbidden or not there is a result; all else is an error, so
// that no policy takes a failure for an empty answer.
func (a api) refused(q question, request Request, response Response) (*ast.Term, error) {
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxErrorBody))
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
