package leastrbac

import (
	"context"
	"errors"
	"fmt"

	"k8s.io/apimachinery/pkg/api/validate/content"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/resources"
)

// Resolver knows which resource a word means. Each kubequery.Cluster does.
type Resolver interface {
	Resolve(ctx context.Context, word string) (resources.Resource, error)
}

// Result is what a policy needs.
type Result struct {
	Rules Rules
	// Unknown are calls of which neither the code nor a recording tells which
	// resource they ask for: what the policy needs is more than Rules.
	Unknown []Call
}

// Find finds the rules that calls need. What they ask for is found in the code;
// where that cannot tell which resource it is, in what recorded runs asked. An
// error says of each word that means no resource where it stands; or what else
// went wrong first.
func Find(ctx context.Context, resolver Resolver, calls []Call, recordings []Recording) (Result, error) {
	rules, problems := []Rule{}, []error{}
	for _, call := range calls {
		found, err := call.rules(ctx, resolver)
		if err != nil && !isWord(err) {
			return Result{}, err
		}
		rules = append(rules, found...)
		problems = append(problems, err)
		if len(rules) > mostRules {
			return Result{}, call.tooMany()
		}
	}
	if err := errors.Join(problems...); err != nil {
		return Result{}, err
	}
	result := Result{Rules: NewRules(rules...)}
	for _, call := range calls {
		if call.Resource.Known {
			continue
		}
		asked, err := call.recorded(recordings, result.Rules)
		switch {
		case err != nil:
			return Result{}, err
		case asked == nil:
			result.Unknown = append(result.Unknown, call)
		}
		rules = append(rules, asked...)
	}
	result.Rules = NewRules(rules...)
	return result, nil
}

// isWord tells whether words are to blame, and not whoever was asked about them.
func isWord(err error) bool {
	var unknown *resources.UnknownError
	var ambiguous *resources.AmbiguousError
	return errors.As(err, &unknown) || errors.As(err, &ambiguous)
}

// mostRules bounds the rules of all calls, before the fewest of them are found.
const mostRules = 10_000

func (c Call) tooMany() error {
	return advice.Errorf("ask for a list of them, without a name or in all namespaces",
		"%s: calling %s: more than %d different things are asked for", c.At, c.Function, mostRules)
}

// rules are those that a call needs, as far as the code tells: where it does not
// tell a name, or a namespace, it is any.
func (c Call) rules(ctx context.Context, resolver Resolver) ([]Rule, error) {
	rules, problems := []Rule{}, []error{}
	for _, word := range c.Resource.Words {
		if word == "" {
			continue // the client refuses it
		}
		resource, err := resolver.Resolve(ctx, word)
		if err != nil {
			problems = append(problems, fmt.Errorf("%s: calling %s: %w", c.At, c.Function, err))
			if isWord(err) {
				continue
			}
			break
		}
		namespaces, err := c.namespaces(resource)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		names := c.names()
		if len(rules)+len(namespaces)*len(names) > mostRules {
			return nil, c.tooMany()
		}
		for _, namespace := range namespaces {
			for _, name := range names {
				rules = append(rules, c.rule(resource, namespace, name))
			}
		}
	}
	return rules, errors.Join(problems...)
}

func (c Call) rule(resource resources.Resource, namespace, name string) Rule {
	return Rule{Verb: c.verb(), Resource: resource, Namespace: namespace, Name: name, At: positions(c.At)}
}

// names are those that a call can ask for, without those that the client
// refuses; "" is any.
func (c Call) names() []string {
	if !c.Name.Known || !c.signature.Gets() {
		return []string{""}
	}
	return c.Name.segments()
}

// segments are the words that can stand in a path: the client refuses the
// others.
func (w Words) segments() []string {
	segments := []string{}
	for _, word := range w.Words {
		if word != "" && len(content.IsPathSegmentName(word)) == 0 {
			segments = append(segments, word)
		}
	}
	return segments
}

// namespaces are those that a call can ask in; "" is all of them.
func (c Call) namespaces(resource resources.Resource) ([]string, error) {
	switch {
	case !resource.Namespaced, !c.Namespace.Known:
		return []string{""}, nil
	}
	namespaces := c.Namespace.segments()
	for _, namespace := range namespaces {
		if problems := content.IsDNS1123Label(namespace); len(problems) > 0 {
			return nil, fmt.Errorf("%s: calling %s: no namespace can be called %s: %s", c.At, c.Function, advice.Quote(namespace), problems[0])
		}
	}
	if !c.signature.Gets() && Words.can(c.Namespace, "") { // a get wants a namespace
		return []string{""}, nil
	}
	return namespaces, nil
}
