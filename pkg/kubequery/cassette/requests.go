package cassette

import (
	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery"
	"github.com/kubectl-opa/kubectl-opa/pkg/resources"
)

// Requests are what was asked, one for each question, in the order of the file.
// A list is one request without a limit, however many pages it had. Names,
// namespaces and selectors that hold values of Secrets have
// the mark of pkg/redact in their place, unless the recording keeps them.
func (c *Cassette) Requests() []kubequery.Request {
	known := map[resources.Resource]resources.Resource{}
	for _, word := range c.words {
		if word.Resource != nil {
			full := resources.Resource(*word.Resource)
			known[resources.Resource{Group: full.Group, Version: full.Version, Name: full.Name}] = full
		}
	}
	requests := []kubequery.Request{}
	for _, answer := range c.answers {
		q := answer.Question
		asked := resources.Resource{Group: q.Group, Version: q.Version, Name: q.Resource}
		full, ok := known[asked]
		if !ok { // nothing but a word leads to a question, unless somebody edited the file
			full = asked
			full.Namespaced = q.Namespace != ""
		}
		requests = append(requests, kubequery.Request{
			Resource: full, Namespace: q.Namespace, Name: q.Name, LabelSelector: q.LabelSelector, FieldSelector: q.FieldSelector,
		})
	}
	return requests
}
