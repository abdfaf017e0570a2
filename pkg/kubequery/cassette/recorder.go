package cassette

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery"
	"github.com/kubectl-opa/kubectl-opa/pkg/redact"
	"github.com/kubectl-opa/kubectl-opa/pkg/resources"
)

// Options say what a Recorder keeps.
type Options struct {
	// Secrets keeps the values of Secrets; else they are redacted.
	Secrets bool
	// ManagedFields keeps metadata.managedFields; else they are left out.
	ManagedFields bool
	// Redactor knows values of Secrets beside those that are recorded; nil is
	// one that knows none.
	Redactor *redact.Redactor
}

// Recorder answers as another cluster does, and keeps what was asked. Bodies
// are read on by whoever asked, and kept on the way; what of them is not read
// is read when they are closed. Of several answers to one question it keeps the
// last, but none other instead of one with status 200.
//
// Several goroutines may use one, and several evaluations.
type Recorder struct {
	cluster kubequery.Cluster
	options Options

	mu    sync.Mutex
	words map[string]word
	asked map[question]*asked
	// failure is why something that was asked has no answer.
	failure error
}

// asked is one question, and what came of it so far.
type asked struct {
	// answer is nil as long as there is none.
	answer *answer
	pages  pages
}

// NewRecorder returns a Recorder of what is asked of a cluster.
func NewRecorder(cluster kubequery.Cluster, o Options) *Recorder {
	if o.Redactor == nil {
		o.Redactor = redact.NewRedactor()
	}
	return &Recorder{cluster: cluster, options: o, words: map[string]word{}, asked: map[question]*asked{}}
}

// Resolve implements kubequery.Cluster.
func (r *Recorder) Resolve(ctx context.Context, text string) (resources.Resource, error) {
	found, err := r.cluster.Resolve(ctx, text)
	r.mu.Lock()
	defer r.mu.Unlock()
	var none *resources.UnknownError
	var many *resources.AmbiguousError
	switch {
	case err == nil:
		r.words[text] = word{Word: text, Resource: (*resource)(&found)}
	case errors.As(err, &none):
		r.words[text] = word{Word: text, Unknown: &unknown{none.Nearest, none.Unasked}}
	case errors.As(err, &many):
		r.words[text] = word{Word: text, Ambiguous: &ambiguous{many.Candidates}}
	default:
		r.fail(err)
	}
	return found, err
}

// Do implements kubequery.Cluster.
func (r *Recorder) Do(ctx context.Context, request kubequery.Request) (kubequery.Response, error) {
	kept := r.begin(request)
	response, err := r.cluster.Do(ctx, request)
	if err != nil {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.fail(err)
		return response, err
	}
	contentType := response.Header.Get(contentTypeHeader)
	response.Header = header(contentType)
	if kept {
		return response, nil
	}
	meta := answer{
		Question: questionOf(request), StatusCode: response.StatusCode, Status: response.Status, ContentType: contentType,
	}
	response.Body = newTee(response.Body, response.StatusCode != http.StatusOK, func(body []byte, err error) {
		r.end(request, meta, body, err)
	})
	return response, nil
}

// begin notes that something is asked, and tells whether an answer is kept
// already that stays.
func (r *Recorder) begin(request kubequery.Request) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	key := questionOf(request)
	if r.asked[key] == nil {
		r.asked[key] = &asked{}
	}
	return r.asked[key].final()
}

// final tells whether the answer stays.
func (a *asked) final() bool { return a.answer != nil && a.answer.StatusCode == http.StatusOK }

// end keeps a response whose body was read to its end.
func (r *Recorder) end(request kubequery.Request, response answer, body []byte, err error) {
	first := request.Continue == ""
	var next *page
	if err == nil {
		next = r.take(request, &response, body)
	}
	if err == nil && !first && next == nil && response.StatusCode == http.StatusOK {
		err = errNoPage
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	a := r.asked[response.Question]
	switch {
	case err != nil:
		r.fail(fmt.Errorf("reading the answer to: %s: %w", response.Question, err))
	case a.final():
	case response.StatusCode == http.StatusGone && !first:
		a.pages = pages{} // the list is begun again
	case next == nil:
		a.answer = &response
	default:
		a.pages.add(request.Continue, next)
		if whole := a.pages.whole(); whole != nil {
			a.answer, a.pages = whole, pages{}
		}
	}
}

// take brings a body into the form in which it is kept: a page if it is one of a
// list, else a part of the response.
func (r *Recorder) take(request kubequery.Request, response *answer, body []byte) *page {
	if !json.Valid(body) {
		text := strings.ToValidUTF8(string(body), "\uFFFD")
		response.Text = &text
		return nil
	}
	tidy := r.tidy(request)
	if request.Name == "" && response.StatusCode == http.StatusOK {
		if next := newPage(*response, document(body), tidy); next != nil {
			return next
		}
	}
	response.body = tidy(document(body))
	return nil
}

// tidy returns what brings an object into the form in which it is kept. The
// values of Secrets are learned and, unless they are to be kept, redacted.
func (r *Recorder) tidy(request kubequery.Request) func(node) []byte {
	keep := withoutManagedFields
	if r.options.ManagedFields {
		keep = func(n node) []byte { return bytes.Clone(n.text()) }
	}
	if !redact.IsSecret(request.Resource) {
		return keep
	}
	return func(n node) []byte {
		secret, ok := decode(keep(n)).(map[string]any)
		if !ok || secret["kind"] == "Status" {
			return keep(n)
		}
		r.options.Redactor.Learn(secret)
		if !r.options.Secrets {
			redact.Secret(secret)
		}
		return encode(secret)
	}
}

// errNoPage says that a list cannot be kept: one of its pages is none.
var errNoPage = errors.New("want a page of a list, found something else")

// fail notes why an answer is missing. That a request was given up says
// nothing: whoever gave it up may not have needed it.
func (r *Recorder) fail(err error) {
	if r.failure == nil && !errors.Is(err, context.Canceled) {
		r.failure = err
	}
}

// ErrIncomplete says that something was asked and has no answer: a replay
// could not give it.
var ErrIncomplete = errors.New("the recording is incomplete")

// Cassette returns what was recorded so far. The error wraps ErrIncomplete
// where something was asked that has no answer, and what ended it if that is
// known.
func (r *Recorder) Cassette() (*Cassette, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.failure != nil {
		return nil, fmt.Errorf("%w: %w", ErrIncomplete, r.failure)
	}
	c := &Cassette{Secrets: r.options.Secrets, ManagedFields: r.options.ManagedFields}
	for _, text := range slices.Sorted(maps.Keys(r.words)) {
		c.words = append(c.words, r.words[text])
	}
	for _, key := range slices.SortedFunc(maps.Keys(r.asked), compareQuestions) {
		a := r.asked[key].answer
		if a == nil {
			return nil, fmt.Errorf("%w: %s: there is no answer", ErrIncomplete, key)
		}
		c.answers = append(c.answers, *a)
	}
	if !c.Secrets {
		c.redact(r.options.Redactor)
	}
	return c, c.sort()
}
