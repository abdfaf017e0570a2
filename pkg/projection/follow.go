package projection

import (
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// follower collects the uses of values in a program.
type follower struct {
	Program
	groups map[*ast.TreeNode]*group
	queue  []*group
	calls  []*call
	uses   map[place][]use
	seen   map[place]*Shape
	// lost says that a value goes where it cannot be followed.
	lost bool
}

// place is where a value is: in a variable of a scope, or without a name the
// result of a group or of a call.
type place struct {
	owner any
	name  ast.Var
}

// call is one call of a source in the text of the program.
type call struct {
	name  string
	first *string
}

// group are the rules of one name: a document, or a function.
type group struct {
	rules  []*ast.Rule
	scopes []*scope
	// plain says that there is one rule, and that it has one value however it
	// is found: values of several are compared with each other.
	plain bool
}

// use is one use of a value, or of what a path leads to in it.
type use struct {
	path []step
	context
}

// context is where a value goes.
type context struct {
	kind kind
	// target gets the value, if that is what happens; or the value becomes an
	// element of it (within), or the target gets its elements (elements).
	target           place
	within, elements bool
}

type kind int

const (
	// whole: it goes where it cannot be followed.
	whole kind = iota
	// exists: it matters whether it is there, and not false.
	exists
	// flows: it goes to another place.
	flows
	// rendered: it is a part of the value of another place, which is there
	// whatever this one is.
	rendered
)

func newFollower(p Program) *follower {
	return &follower{
		Program: p, groups: map[*ast.TreeNode]*group{}, uses: map[place][]use{}, seen: map[place]*Shape{},
	}
}

func (f *follower) use(p place, path []step, c context) {
	f.uses[p] = append(f.uses[p], use{path, c})
}

// observed is what of the value at a place can be observed.
func (f *follower) observed(p place) *Shape {
	if shape, ok := f.seen[p]; ok {
		return shape
	}
	f.seen[p] = Whole() // a value that comes back to where it was is not followed
	shape := &Shape{}
	for _, u := range f.uses[p] {
		shape = union(shape, f.inContext(u.context).at(u.path))
	}
	f.seen[p] = shape
	return shape
}

func (f *follower) inContext(c context) *Shape {
	switch c.kind {
	case whole, exists:
		return &Shape{Whole: c.kind == whole}
	case rendered:
		return &Shape{Whole: !f.observed(c.target).bare()}
	}
	shape := f.observed(c.target)
	switch {
	case c.within:
		shape = shape.Elements()
	case c.elements:
		shape = &Shape{Each: shape}
	}
	return union(shape, &Shape{})
}

// query looks at the query: its variables and the values of its expressions
// are results.
func (f *follower) query() {
	s := newScope(f.Compiler.GetArity, f.Query)
	for name := range s.bound {
		_, named := f.Variables[name]
		if named || !strings.HasPrefix(string(name), ast.LocalVarPrefix) {
			f.use(place{s, name}, nil, context{})
		}
	}
	for _, expr := range f.Query {
		f.expr(s, expr, whole)
	}
}

// rules looks at the rules that were met, and at those that are met there.
func (f *follower) rules() {
	for len(f.queue) > 0 {
		g := f.queue[0]
		f.queue = f.queue[1:]
		for i, rule := range g.rules {
			f.rule(g, g.scopes[i], rule)
		}
	}
}

func (f *follower) rule(g *group, s *scope, rule *ast.Rule) {
	result := context{}
	if g.plain {
		result = context{kind: flows, target: place{owner: g}}
	}
	if rule.Head.Value != nil {
		f.term(s, rule.Head.Value, result)
	}
	if rule.Head.Key != nil {
		key := context{}
		if rule.Head.DocKind() == ast.PartialSetDoc {
			key = context{kind: rendered, target: place{owner: g}}
		}
		f.term(s, rule.Head.Key, key)
	}
	for _, part := range rule.Head.Reference[min(1, len(rule.Head.Reference)):] {
		f.term(s, part, context{})
	}
	f.body(s, rule.Body)
	if rule.Else != nil {
		f.rule(g, s, rule.Else)
	}
}

func (f *follower) body(s *scope, body ast.Body) {
	for _, expr := range body {
		f.expr(s, expr, exists)
	}
}

// met is the group of a node of the tree of rules, which is now to be looked at.
func (f *follower) met(node *ast.TreeNode) *group {
	if g, ok := f.groups[node]; ok {
		return g
	}
	g := &group{rules: node.Values, plain: plain(node.Values)}
	for _, rule := range node.Values {
		g.scopes = append(g.scopes, newScope(f.Compiler.GetArity, rule))
	}
	f.groups[node] = g
	f.queue = append(f.queue, g)
	return g
}

// plain tells whether a document or function has one value, and it is found in
// one way: then it is compared with no other one.
func plain(rules []*ast.Rule) bool {
	found := 0
	for _, rule := range rules {
		if rule.Default {
			continue
		}
		found++
		kind := rule.Head.DocKind()
		if found > 1 || rule.Else != nil || rule.Head.Key != nil || kind != ast.CompleteDoc || !rule.Head.Reference.IsGround() || iterates(rule.Body) {
			return false
		}
	}
	return true
}

// iterates tells whether a body may be true in several ways.
func iterates(body ast.Body) bool {
	found := false
	for _, expr := range body {
		ast.NewGenericVisitor(func(x any) bool {
			switch x := x.(type) {
			case *ast.ArrayComprehension, *ast.SetComprehension, *ast.ObjectComprehension, *ast.Every:
				return true
			case ast.Ref:
				for _, part := range x[min(1, len(x)):] {
					_, constant := part.Value.(ast.String)
					_, number := part.Value.(ast.Number)
					found = found || !constant && !number
				}
			}
			return found
		}).Walk(expr)
		if expr.IsCall() && relations[expr.Operator().String()] {
			found = true
		}
	}
	return found
}

// relations are builtins that can give several results for one call.
var relations = map[string]bool{"walk": true}
