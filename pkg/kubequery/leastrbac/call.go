package leastrbac

import (
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
)

// Words are the strings that an argument can be.
type Words struct {
	// Known says that it is one of Words. Else the code cannot tell: it can be
	// any.
	Known bool
	// Words are sorted, each once.
	Words []string
}

// can tells whether the argument can be a word.
func (w Words) can(word string) bool { return !w.Known || slices.Contains(w.Words, word) }

// Call is a call of the client in a policy.
type Call struct {
	// Function is what it calls, such as query_all.
	Function string
	// At is where the call stands.
	At manifest.Position
	// Resource, Name and Namespace are what it can ask for. A function that lists
	// has no name, and "" is all namespaces; so it is where a function has no such
	// argument.
	Resource, Name, Namespace Words

	signature kubequery.Signature
}

// verb is what RBAC calls the request.
func (c Call) verb() string {
	if c.signature.Gets() {
		return Get
	}
	return List
}

// Calls finds the calls of the client that a program can reach: from its
// expression, or from all rules that are no tests if whole is set. No call that
// an evaluation can make is missing, and none has an argument then that is not
// among the words here.
func Calls(program kubequery.Program, whole bool) []Call {
	w := walk(program, !whole)
	calls := []Call{}
	for _, found := range w.calls {
		call := Call{Function: found.name, At: kubequery.PositionOf(found.location), signature: found.signature}
		call.Resource = w.words(found, 0)
		call.Name, call.Namespace = Words{true, []string{""}}, Words{true, []string{""}}
		if found.signature.Name > 0 {
			call.Name = w.words(found, found.signature.Name)
		}
		if found.signature.Namespace > 0 {
			call.Namespace = w.words(found, found.signature.Namespace)
		}
		calls = append(calls, call)
	}
	slices.SortStableFunc(calls, func(a, b Call) int { return comparePositions(a.At, b.At) })
	return calls
}

// words are what an argument of a call can be. What is no string is no word:
// the client refuses it.
func (w *walker) words(call clientCall, argument int) Words {
	if argument >= len(call.arguments) {
		return Words{}
	}
	found, known := newFinder(w).term(call.spot, call.arguments[argument], nil)
	if !known {
		return Words{}
	}
	words := Words{Known: true, Words: []string{}}
	for _, value := range found {
		if text, ok := value.(ast.String); ok {
			words.Words = append(words.Words, string(text))
		}
	}
	slices.Sort(words.Words)
	words.Words = slices.Compact(words.Words)
	return words
}
