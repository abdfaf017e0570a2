package cassette

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery"
	"github.com/kubectl-opa/kubectl-opa/pkg/redact"
	"github.com/kubectl-opa/kubectl-opa/pkg/resources"
)

// contentTypeHeader is the one header that is kept.
const contentTypeHeader = "Content-Type"

func header(contentType string) http.Header {
	if contentType == "" {
		return http.Header{}
	}
	return http.Header{contentTypeHeader: {contentType}}
}

// ErrNotRecorded says that a cassette has no answer to what is asked.
var ErrNotRecorded = errors.New("not recorded")

// Player answers from a cassette, what was asked when it was recorded and
// nothing else. Several goroutines may use one, and several evaluations.
type Player struct {
	cassette *Cassette
	words    map[string]word
	answers  map[question]answer
}

// Player returns what answers from the cassette.
func (c *Cassette) Player() *Player {
	p := &Player{cassette: c, words: map[string]word{}, answers: map[question]answer{}}
	for _, word := range c.words {
		p.words[word.Word] = word
	}
	for _, answer := range c.answers {
		p.answers[answer.Question] = answer
	}
	return p
}

// Resolve implements kubequery.Cluster. The error wraps ErrNotRecorded where
// the word was not asked for.
func (p *Player) Resolve(ctx context.Context, text string) (resources.Resource, error) {
	if err := ctx.Err(); err != nil {
		return resources.Resource{}, err
	}
	switch word, ok := p.words[text]; {
	case !ok:
		return resources.Resource{}, p.missing("which resource "+advice.Quote(text)+" is", false)
	case word.Resource != nil:
		return resources.Resource(*word.Resource), nil
	case word.Unknown != nil:
		return resources.Resource{}, &resources.UnknownError{Word: text, Nearest: word.Unknown.Nearest, Unasked: word.Unknown.Unasked}
	default:
		return resources.Resource{}, &resources.AmbiguousError{Word: text, Candidates: word.Ambiguous.Candidates}
	}
}

// Do implements kubequery.Cluster. A list is always one page. The error wraps
// ErrNotRecorded where the question was not asked.
func (p *Player) Do(ctx context.Context, request kubequery.Request) (kubequery.Response, error) {
	if err := ctx.Err(); err != nil {
		return kubequery.Response{}, err
	}
	asked := questionOf(request)
	answer, ok := p.answers[asked]
	switch {
	case request.Continue != "":
		return kubequery.Response{}, p.missing(asked.String()+", a further page", false)
	case !ok:
		return kubequery.Response{}, p.missing(asked.String(), p.hides(asked))
	}
	body := answer.body
	if answer.Text != nil {
		body = []byte(*answer.Text)
	}
	return kubequery.Response{
		StatusCode: answer.StatusCode,
		Status:     answer.Status,
		Header:     header(answer.ContentType),
		Body:       io.NopCloser(bytes.NewReader(body)),
		// Other programs may write < and > as escapes.
		Redacted: !p.cassette.Secrets && bytes.Contains(body, []byte("redacted")),
	}, nil
}

// hides tells whether a question could be one whose values were redacted.
func (p *Player) hides(asked question) bool {
	for _, answer := range p.cassette.answers {
		recorded := answer.Question
		if recorded.Group != asked.Group || recorded.Resource != asked.Resource {
			continue
		}
		for _, part := range recorded.parts() {
			if strings.Contains(*part, redact.Mark) {
				return true
			}
		}
	}
	return false
}

// missing says what the cassette has no answer to.
func (p *Player) missing(what string, hidden bool) error {
	err := fmt.Errorf("%s: %w", what, ErrNotRecorded)
	next := "record again, with --record"
	if file := p.cassette.file; file != "" {
		err = fmt.Errorf("%w in %s", err, file)
		next += " " + file
	}
	if hidden {
		next += "; if this holds a value of a Secret, with --record-secrets too"
	}
	return advice.Wrap(err, "%s", next)
}
