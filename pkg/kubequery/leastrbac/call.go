package leastrbac

import (
	"cmp"
	"slices"
	"strings"

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

// none is an argument that a function does not have.
var none = Words{Known: true, Words: []string{""}}

// compareWords puts what is not known first.
func compareWords(a, b Words) int {
	switch {
	case a.Known == b.Known:
		return slices.Compare(a.Words, b.Words)
	case b.Known:
		return -1
	default:
		return 1
	}
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

	// From are the calls that lead into the function in which the call stands, the
	// innermost first.
	From []manifest.Position

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
// among the words here. A call in a function is there once for each way into
// it, and for each element that a loop around it picks, so that words that never
// come together are not mixed.
func Calls(program kubequery.Program, whole bool) []Call {
	w := walk(program, !whole)
	calls := []Call{}
	for _, found := range w.calls {
		for _, came := range w.chainsTo(found.spot) {
			calls = append(calls, w.callsBy(found, came)...)
		}
	}
	slices.SortStableFunc(calls, compareCalls)
	return slices.CompactFunc(calls, func(a, b Call) bool { return compareCalls(a, b) == 0 })
}

// callsBy are what a call of the client can be when it is come to in one way.
// Where several of its arguments can be several words, it is one for each way in
// which they can come together.
func (w *walker) callsBy(found clientCall, came chain) []Call {
	call := w.call(found, came, nil)
	if !call.open() {
		return []Call{call}
	}
	calls := []Call{}
	for _, picked := range w.picks(found, came) {
		if each := w.call(found, came, picked); !each.impossible() {
			calls = append(calls, each)
		}
	}
	return calls
}

// open tells whether two arguments or more can be several words.
func (c Call) open() bool {
	open := 0
	for _, words := range []Words{c.Resource, c.Name, c.Namespace} {
		if !words.Known || len(words.Words) > 1 {
			open++
		}
	}
	return open > 1
}

// impossible tells whether an argument can be no word at all.
func (c Call) impossible() bool {
	for _, words := range []Words{c.Resource, c.Name, c.Namespace} {
		if words.Known && len(words.Words) == 0 {
			return true
		}
	}
	return false
}

// call is one call of the client, when it is come to in one way.
func (w *walker) call(found clientCall, came chain, picked picks) Call {
	call := Call{
		Function: found.name, At: kubequery.PositionOf(found.location), signature: found.signature,
		Resource: w.words(found, came, picked, 0), Name: none, Namespace: none,
	}
	if found.signature.Name > 0 {
		call.Name = w.words(found, came, picked, found.signature.Name)
	}
	if found.signature.Namespace > 0 {
		call.Namespace = w.words(found, came, picked, found.signature.Namespace)
	}
	for f := found.root().function; f != nil; {
		from, ok := came[f]
		if !ok {
			break
		}
		call.From = append(call.From, kubequery.PositionOf(from.location))
		f = from.root().function
	}
	return call
}

// compareCalls is the order of calls: by position, then by what they ask for.
func compareCalls(a, b Call) int {
	return cmp.Or(
		comparePositions(a.At, b.At), slices.CompareFunc(a.From, b.From, comparePositions), strings.Compare(a.Function, b.Function),
		compareWords(a.Resource, b.Resource), compareWords(a.Name, b.Name), compareWords(a.Namespace, b.Namespace),
	)
}

// words are what an argument of a call can be. What is no string is no word:
// the client refuses it.
func (w *walker) words(call clientCall, came chain, picked picks, argument int) Words {
	if argument >= len(call.arguments) {
		return Words{}
	}
	f := newFinder(w, came)
	f.picked = picked
	found, known := f.term(call.spot, call.arguments[argument], nil)
	if !known {
		return Words{}
	}
	words := Words{Known: true}
	for _, value := range found {
		if text, ok := value.(ast.String); ok {
			words.Words = append(words.Words, string(text))
		}
	}
	return words
}
