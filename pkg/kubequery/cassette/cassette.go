// Package cassette records what a query asks a cluster, and plays it back
// where there is none.
//
// A Recorder stands before a cluster and keeps, of all that is asked through
// it, each word with the resource that it means and each question with its
// answer. A Cassette is that as a value, and as a file that is made to be kept
// in git: one JSON document, indented, sorted, the same bytes for the same
// state of the cluster. A Player answers from it.
//
// An answer is what a policy can see of it. Pages of a list are one list. Of
// the headers only Content-Type is kept, as all others differ from one request
// to the next; a run that is recorded sees no others either. managedFields are
// left out unless they are asked for. Resource versions stay, though they change with every change:
// policies see them. The values of Secrets are redacted unless they are asked
// for.
package cassette

import (
	"slices"
	"strings"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery"
	"github.com/kubectl-opa/kubectl-opa/pkg/resources"
)

// Cassette is what a run asked, and what it was answered.
type Cassette struct {
	// Secrets tells that the values of Secrets are in it.
	Secrets bool
	// ManagedFields tells that the managedFields of objects are in it.
	ManagedFields bool

	// file is where it was read, for messages.
	file string
	// words and answers are sorted, and each is there once.
	words   []word
	answers []answer
}

// word is what a word for a resource means: a resource, or nothing, or too
// much. One of the three is set.
type word struct {
	Word      string     `json:"word"`
	Resource  *resource  `json:"resource,omitempty"`
	Unknown   *unknown   `json:"unknown,omitempty"`
	Ambiguous *ambiguous `json:"ambiguous,omitempty"`
}

type resource struct {
	Group      string `json:"group,omitempty"`
	Version    string `json:"version"`
	Name       string `json:"name"`
	Kind       string `json:"kind"`
	Namespaced bool   `json:"namespaced"`
}

// unknown and ambiguous are the errors of pkg/resources without their word.
type unknown struct {
	Nearest []string `json:"nearest,omitempty"`
	Unasked []string `json:"unasked,omitempty"`
}

type ambiguous struct {
	Candidates []string `json:"candidates"`
}

// question is a request without what differs from page to page.
type question struct {
	Group         string `json:"group,omitempty"`
	Version       string `json:"version"`
	Resource      string `json:"resource"`
	Namespace     string `json:"namespace,omitempty"`
	Name          string `json:"name,omitempty"`
	LabelSelector string `json:"labelSelector,omitempty"`
	FieldSelector string `json:"fieldSelector,omitempty"`
}

// answer is the answer to a question.
type answer struct {
	Question    question `json:"question"`
	StatusCode  int      `json:"statusCode"`
	Status      string   `json:"status"`
	ContentType string   `json:"contentType,omitempty"`
	// Text is a body that is no JSON.
	Text *string `json:"text,omitempty"`
	// body is one that is.
	body []byte
}

func questionOf(r kubequery.Request) question {
	return question{
		Group: r.Resource.Group, Version: r.Resource.Version, Resource: r.Resource.Name,
		Namespace: r.Namespace, Name: r.Name, LabelSelector: r.LabelSelector, FieldSelector: r.FieldSelector,
	}
}

// String says what is asked, as RBAC and kubectl would.
func (q question) String() string {
	text := "list "
	if q.Name != "" {
		text = "get "
	}
	text += resources.Resource{Group: q.Group, Name: q.Resource}.String()
	for _, part := range []struct{ before, value string }{
		{" ", q.Name}, {" in namespace ", q.Namespace}, {" with the labels ", q.LabelSelector}, {" with the fields ", q.FieldSelector},
	} {
		if part.value != "" {
			text += part.before + advice.Quote(part.value)
		}
	}
	return text
}

// parts are the texts of a question that a policy chooses.
func (q *question) parts() []*string {
	return []*string{&q.Namespace, &q.Name, &q.LabelSelector, &q.FieldSelector}
}

func compareQuestions(a, b question) int {
	return slices.Compare(
		[]string{a.Group, a.Resource, a.Version, a.Namespace, a.Name, a.LabelSelector, a.FieldSelector},
		[]string{b.Group, b.Resource, b.Version, b.Namespace, b.Name, b.LabelSelector, b.FieldSelector},
	)
}

func compareWords(a, b word) int { return strings.Compare(a.Word, b.Word) }

func compareAnswers(a, b answer) int { return compareQuestions(a.Question, b.Question) }

// Empty tells whether nothing was asked.
func (c *Cassette) Empty() bool { return len(c.words) == 0 && len(c.answers) == 0 }
