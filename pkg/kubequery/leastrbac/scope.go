package leastrbac

import (
	"maps"

	"github.com/open-policy-agent/opa/v1/ast"
)

// scope is one body: of a rule, of a query, or of what is nested in one. OPA
// evaluates a body from its first expression to its last, so at each of them
// those before it hold.
type scope struct {
	body ast.Body
	// outer is where the body stands in another one; nil if it is evaluated for
	// itself.
	outer *spot
	// every is set where it is the body of an every.
	every *ast.Every
	// rule is set where it is a rule's.
	rule *ast.Rule
	// function are all rules of the function, where the rule is one of a function.
	function *function
}

// spot is a place in a body: before the expression with that index.
type spot struct {
	*scope
	index int
}

// end is where all of a body holds.
func (s *scope) end() spot { return spot{s, len(s.body)} }

// function is a function of a policy, with all that calls it.
type function struct {
	sites []site
	// escaped says that it may be called from places that are not known, with
	// any arguments.
	escaped bool
}

// root is the outermost body around a place.
func (s *scope) root() *scope {
	for s.outer != nil {
		s = s.outer.scope
	}
	return s
}

// site is one call.
type site struct {
	spot
	arguments []*ast.Term
	location  *ast.Location
}

// chain is how a place in functions was come to: for each of the functions the
// call that led into it.
type chain map[*function]site

// mostChains bounds the chains that are told apart.
const mostChains = 1000

// chainsTo are all ways to come to a place. Functions that may be called from
// anywhere, and those of too many chains, are in none.
func (w *walker) chainsTo(at spot) []chain {
	f := at.root().function
	if f == nil || f.escaped {
		return []chain{{}}
	}
	if known, ok := w.chains[f]; ok {
		return known
	}
	all := []chain{}
	for _, site := range f.sites {
		for _, way := range w.chainsTo(site.spot) {
			way = maps.Clone(way)
			way[f] = site
			all = append(all, way)
		}
	}
	if len(all) > mostChains {
		all = []chain{{}}
	}
	w.chains[f] = all
	return all
}

// pattern is the way from a term to a variable in it: where the term is given a
// value, the variable gets that part of it.
func pattern(term *ast.Term, v ast.Var) (path []step, ok bool) {
	switch value := term.Value.(type) {
	case ast.Var:
		return nil, value == v
	case *ast.Array:
		for i := range value.Len() {
			if path, ok = pattern(value.Elem(i), v); ok {
				return append([]step{{key: ast.IntNumberTerm(i).Value}}, path...), true
			}
		}
	case ast.Object:
		for _, key := range value.Keys() {
			if path, ok = pattern(value.Get(key), v); ok && key.IsGround() {
				return append([]step{{key: key.Value}}, path...), true
			}
		}
	}
	return nil, false
}

// step is one step from a value to one in it.
type step struct {
	// key is a key of an object, an index of an array, an element of a set; nil
	// is any of them.
	key ast.Value
	// keys leads to the keys instead of the values: of a set to its elements.
	keys bool
}

// admits tells whether a step may lead to a key.
func (s step) admits(key ast.Value) bool {
	return s.key == nil || !key.IsGround() || s.key.Compare(key) == 0
}
