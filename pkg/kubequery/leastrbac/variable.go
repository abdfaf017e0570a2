package leastrbac

import (
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
)

// variable finds what a variable can be at a place. Whatever holds there bounds
// it; the closest bound that is found counts.
func (f *finder) variable(at spot, v ast.Var, path []step) (values, bool) {
	key := wanted{at.scope, at.index, v, len(path)}
	if f.open[key] {
		return nil, false
	}
	f.open[key] = true
	defer delete(f.open, key)
	b := bounds{}
	for here := &at; here != nil; here = here.outer {
		for i, expr := range here.body[:here.index] {
			f.expression(spot{here.scope, i}, expr, v, path, &b)
		}
		f.every(here.scope, v, path, &b)
		f.parameter(here.scope, v, path, &b)
	}
	return b.closest, b.known
}

// bounds are what is known of a variable.
type bounds struct {
	closest values
	known   bool
}

func (b *bounds) add(found values, known bool) {
	if known && (!b.known || len(found) < len(b.closest)) {
		b.closest, b.known = found, true
	}
}

// expression finds how an expression that holds bounds a variable. One that is
// negated does not; what it has as with does not matter, since nothing of that
// is ever taken for known.
func (f *finder) expression(at spot, expr *ast.Expr, v ast.Var, path []step, b *bounds) {
	switch {
	case expr.Negated:
	case expr.IsEquality():
		left, right := expr.Operand(0), expr.Operand(1)
		for _, pair := range [][2]*ast.Term{{left, right}, {right, left}} {
			if way, ok := pattern(pair[0], v); ok {
				b.add(f.term(at, f.picked.in(expr, pair[1]), slices.Concat(way, path)))
			}
			f.index(at, pair[0], v, path, b)
			f.pick(expr, pair[0], v, path, b)
		}
	case expr.IsCall():
		f.called(at, expr, v, path, b)
	default:
		if term, ok := expr.Terms.(*ast.Term); ok {
			f.index(at, term, v, path, b)
		}
	}
}

// index finds how a variable is bound that stands as an index in a reference:
// it is one of the keys, or of the elements of a set.
func (f *finder) index(at spot, term *ast.Term, v ast.Var, path []step, b *bounds) {
	ref, ok := term.Value.(ast.Ref)
	if !ok {
		return
	}
	for i, part := range ref[1:] {
		if way, ok := pattern(part, v); ok {
			b.add(f.prefix(at, ref, slices.Concat(steps(ref[1:i+1]), []step{{keys: true}}, way, path)))
		}
	}
}

// called finds how a call bounds a variable: as its result, or because it has
// to be true.
func (f *finder) called(at spot, expr *ast.Expr, v ast.Var, path []step, b *bounds) {
	operator, operands := expr.Operator(), expr.Operands()
	arity := f.Compiler.GetArity(operator)
	if arity < 0 || len(operands) < arity {
		return
	}
	if len(operands) > arity {
		if way, ok := pattern(operands[arity], v); ok {
			b.add(f.result(at, operator, operands[:arity], slices.Concat(way, path)))
		}
		return
	}
	members := map[string][]step{
		ast.Member.Name:        {{}},
		ast.MemberWithKey.Name: {{keys: true}, {}},
	}[operator.String()]
	for i, member := range members {
		if way, ok := pattern(operands[i], v); ok {
			b.add(f.term(at, operands[arity-1], slices.Concat([]step{member}, way, path)))
		}
	}
}

// result finds what a call can return: a function of a policy, or one of the
// builtins that put collections together.
func (f *finder) result(at spot, operator ast.Ref, arguments []*ast.Term, path []step) (values, bool) {
	if operator.HasPrefix(ast.DefaultRootRef) {
		node := f.Compiler.RuleTree.Find(operator)
		if node == nil || f.isReplaced(operator) || f.functions[node] == nil {
			return nil, false
		}
		return union(withElse(node.Values), func(rule *ast.Rule) (values, bool) {
			return f.elsewhere(rule, rule.Head.Value, path)
		})
	}
	if f.isReplaced(operator) || len(path) == 0 {
		return nil, false
	}
	switch operator.String() {
	case ast.ArrayConcat.Name:
		if !path[0].keys {
			return f.all(at, arguments, slices.Concat([]step{{}}, path[1:]))
		}
	case ast.Or.Name:
		return f.all(at, arguments, path)
	case ast.And.Name, ast.Minus.Name: // of sets: none that the first one lacks
		return f.term(at, arguments[0], path)
	}
	return nil, false
}

// every finds how an every bounds a variable in its body.
func (f *finder) every(s *scope, v ast.Var, path []step, b *bounds) {
	if s.every == nil {
		return
	}
	if way, ok := pattern(s.every.Value, v); ok {
		b.add(f.term(*s.outer, s.every.Domain, slices.Concat([]step{{}}, way, path)))
	}
	if s.every.Key == nil {
		return
	}
	if way, ok := pattern(s.every.Key, v); ok {
		b.add(f.term(*s.outer, s.every.Domain, slices.Concat([]step{{keys: true}}, way, path)))
	}
}

// parameter finds what the calls of a function give a variable.
func (f *finder) parameter(s *scope, v ast.Var, path []step, b *bounds) {
	if s.function == nil || s.function.escaped {
		return
	}
	sites := s.function.sites
	if came, ok := f.came[s.function]; ok {
		sites = []site{came}
	}
	for i, parameter := range s.rule.Head.Args {
		if way, ok := pattern(parameter, v); ok {
			b.add(union(sites, func(site site) (values, bool) {
				if i >= len(site.arguments) {
					return nil, false
				}
				return f.term(site.spot, site.arguments[i], slices.Concat(way, path))
			}))
		}
	}
}
