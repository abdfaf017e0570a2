package projection

import "github.com/open-policy-agent/opa/v1/ast"

// inputDocument is the place of the input as it is given.
var inputDocument = place{owner: &struct{ name string }{"input"}}

// Input is what of the input document can make a difference to the query: to its
// value, to errors, to what is printed. ok is false where that cannot be told;
// then all of it may. Sources do not matter, as what they give is no input.
//
// Data that is no rule can make a difference, too, and so can the time and
// whatever else builtins look at.
func (p Program) Input() (shape *Shape, ok bool) {
	return p.input(func(f *follower) { f.query() })
}

// Emptiness is what of the input document can make a difference to whether a
// partial set has any element, or to errors, whatever the query is: of what only
// becomes part of elements, whether it is there. ok is false where that cannot be
// told, or where there is no such set.
func (p Program) Emptiness(set ast.Ref) (shape *Shape, ok bool) {
	node := p.Compiler.RuleTree.Find(set)
	if node == nil || len(node.Values) == 0 {
		return nil, false
	}
	return p.input(func(f *follower) { f.use(place{owner: f.met(node)}, nil, context{kind: exists}) })
}

func (p Program) input(asked func(*follower)) (shape *Shape, ok bool) {
	p.Source = func(string) (string, bool) { return "", false }
	f := newFollower(p)
	asked(f)
	f.rules()
	if f.lost {
		return nil, false
	}
	if len(f.uses[inputDocument]) == 0 {
		return nil, true
	}
	return f.observed(inputDocument), true
}
