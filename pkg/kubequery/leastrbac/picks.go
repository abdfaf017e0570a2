package leastrbac

import (
	"maps"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
)

// picks are keys of the elements that expressions picked: "some kind, place in
// table" is one, that gives two variables values which belong together.
type picks map[*ast.Expr]ast.Value

// mostPicks bounds how many ways to pick are told apart for one call.
const mostPicks = 1000

// picks are all ways in which the expressions before a call can have picked
// elements, if it is come to in one way. Those of which it is not known from
// what they pick are in none.
func (w *walker) picks(call clientCall, came chain) []picks {
	all := []picks{{}}
	for at := &call.spot; at != nil; at = from(*at, came) {
		for here := at; here != nil; here = here.outer {
			for i, expr := range here.body[:here.index] {
				keys := w.keys(spot{here.scope, i}, expr, came)
				if len(keys) < 2 || len(all)*len(keys) > mostPicks {
					continue
				}
				more := []picks{}
				for _, picked := range all {
					for _, key := range keys {
						picked := maps.Clone(picked)
						picked[expr] = key
						more = append(more, picked)
					}
				}
				all = more
			}
		}
	}
	return all
}

// from is the place of the call that led into the function of a place, nil if
// there is none.
func from(at spot, came chain) *spot {
	if site, ok := came[at.root().function]; ok {
		return &site.spot
	}
	return nil
}

// keys are those that an expression can pick an element by.
func (w *walker) keys(at spot, expr *ast.Expr, came chain) values {
	ref, i := picking(expr)
	if ref == nil {
		return nil
	}
	found, known := newFinder(w, came).prefix(at, ref, append(steps(ref[1:i]), step{keys: true}))
	if !known {
		return nil
	}
	return found
}

// picking is the reference by which an expression picks an element, and its part
// that is the key: the only one that is a variable.
func picking(expr *ast.Expr) (ref ast.Ref, key int) {
	if !expr.IsEquality() || expr.Negated {
		return nil, 0
	}
	for _, operand := range expr.Operands() {
		found, ok := operand.Value.(ast.Ref)
		if !ok {
			continue
		}
		for i, part := range found[1:] {
			if _, isVar := part.Value.(ast.Var); !isVar {
				continue
			}
			if ref != nil {
				return nil, 0
			}
			ref, key = found, i+1
		}
	}
	return ref, key
}

// in is a term of an expression, with the key in its place where it is what was
// picked by.
func (p picks) in(expr *ast.Expr, term *ast.Term) *ast.Term {
	picked, ok := p[expr]
	ref, isRef := term.Value.(ast.Ref)
	if !ok || !isRef {
		return term
	}
	_, key := picking(expr)
	ref = slices.Clone(ref)
	ref[key] = ast.NewTerm(picked)
	return ast.NewTerm(ref)
}

// pick finds how a variable is bound by which an expression picked an element.
func (f *finder) pick(expr *ast.Expr, term *ast.Term, v ast.Var, path []step, b *bounds) {
	picked, ok := f.picked[expr]
	ref, isRef := term.Value.(ast.Ref)
	if !ok || !isRef {
		return
	}
	if _, key := picking(expr); ref[key].Value.Compare(v) == 0 && len(path) == 0 {
		b.add(values{picked}, true)
	}
}
