package projection

import (
	"github.com/open-policy-agent/opa/v1/ast"
)

// Program is what is evaluated.
type Program struct {
	// Compiler holds the compiled policies.
	Compiler *ast.Compiler
	// Query is the compiled query, and Variables are those that its results
	// have, by the name that they have in it.
	Query     ast.Body
	Variables map[ast.Var]ast.Var
	// Source tells which functions give the values that are looked at, and
	// under which name they are reported.
	Source func(function string) (name string, ok bool)
}

// Call is one call of a source.
type Call struct {
	// Name is the function's, as the program reports it.
	Name string
	// First is its first argument where that is a constant string, else nil.
	First *string
	// Shape is what of the result the program can observe.
	Shape *Shape
}

// Calls finds the calls of sources that the query can lead to, and what of
// their results can make a difference to it: to its value, to errors, to what
// is printed. ok is false where that cannot be told; then all of it may.
//
// It follows values from the calls through variables, through the arguments
// and results of functions and rules, and through comprehensions, to where
// something of them is looked at. Wherever two values could be compared, or a
// value goes where it cannot be followed, all of it counts. The evaluation
// cannot look at what no expression refers to, so what is left out makes no
// difference.
func (p Program) Calls() (calls []Call, ok bool) {
	f := newFollower(p)
	f.query()
	f.rules()
	if f.lost {
		return nil, false
	}
	for _, call := range f.calls {
		calls = append(calls, Call{Name: call.name, First: call.first, Shape: f.observed(place{owner: call})})
	}
	return calls, true
}

// Union is what any of the Shapes has; nil if there are none.
func Union(shapes ...*Shape) *Shape {
	var all *Shape
	for _, shape := range shapes {
		all = union(all, shape)
	}
	return all
}
