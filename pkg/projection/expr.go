package projection

import "github.com/open-policy-agent/opa/v1/ast"

// expr looks at an expression. value is what happens to its own value: in a
// rule it must not be false, in a query it is a result.
func (f *follower) expr(s *scope, expr *ast.Expr, value kind) {
	for _, with := range expr.With {
		f.with(s, with)
	}
	switch terms := expr.Terms.(type) {
	case *ast.SomeDecl:
	case *ast.Term:
		f.term(s, terms, context{kind: value})
	case *ast.Every:
		f.every(s, terms)
	case []*ast.Term:
		f.call(s, expr, value)
	default:
		f.lost = true
	}
}

// with looks at a value that takes the place of another one. A function that
// does could be any function.
func (f *follower) with(s *scope, with *ast.With) {
	for _, term := range []*ast.Term{with.Target, with.Value} {
		if ref, ok := term.Value.(ast.Ref); ok && f.isFunction(ref) {
			f.lost = true
		}
	}
	f.term(s, with.Value, context{})
}

// isFunction tells whether a reference is a function: a builtin, or a rule with
// arguments.
func (f *follower) isFunction(ref ast.Ref) bool {
	arity := f.Compiler.GetArity(ref)
	return arity > 0 || arity == 0 && !ref.HasPrefix(ast.DefaultRootRef)
}

func (f *follower) every(s *scope, every *ast.Every) {
	each := context{}
	if v, ok := every.Value.Value.(ast.Var); ok && s.single(v) {
		each = context{kind: flows, target: place{s, v}, elements: true}
	}
	f.term(s, every.Domain, each)
	f.body(s, every.Body)
}

func (f *follower) call(s *scope, expr *ast.Expr, value kind) {
	operator := expr.Operator()
	arity := f.Compiler.GetArity(operator)
	operands := expr.Operands()
	switch {
	case expr.IsEquality():
		f.equal(s, expr)
		return
	case arity < 0 || len(operands) < arity:
		f.lost = true
		return
	}
	arguments, out := operands[:arity], f.out(s, result(expr, arity), value)
	if name, ok := f.Source(operator.String()); ok {
		f.source(s, name, arguments, out)
		return
	}
	if operator.HasPrefix(ast.DefaultRootRef) {
		f.function(s, operator, arguments, out)
		return
	}
	f.builtin(s, operator.String(), arguments, out)
}

// out is where the result of a call goes.
func (f *follower) out(s *scope, result *ast.Term, value kind) context {
	if result == nil {
		return context{kind: value}
	}
	if v, ok := result.Value.(ast.Var); ok && s.single(v) {
		return context{kind: flows, target: place{s, v}}
	}
	return context{}
}

func (f *follower) source(s *scope, name string, arguments []*ast.Term, out context) {
	c := &call{name: name}
	if len(arguments) > 0 {
		if text, ok := arguments[0].Value.(ast.String); ok {
			first := string(text)
			c.first = &first
		}
	}
	f.calls = append(f.calls, c)
	f.use(place{owner: c}, nil, out)
	for _, argument := range arguments {
		f.term(s, argument, context{})
	}
}

func (f *follower) function(s *scope, operator ast.Ref, arguments []*ast.Term, out context) {
	node := f.Compiler.RuleTree.Find(operator)
	if node == nil || len(node.Values) == 0 {
		f.lost = true
		return
	}
	g := f.met(node)
	f.use(place{owner: g}, nil, out)
	for i, rule := range g.rules {
		for j, argument := range arguments {
			into := context{}
			if v, ok := rule.Head.Args[j].Value.(ast.Var); ok && g.scopes[i].single(v) {
				into = context{kind: flows, target: place{g.scopes[i], v}}
			}
			f.term(s, argument, into)
		}
	}
}

// equal looks at an equality, which binds a variable, or compares.
func (f *follower) equal(s *scope, expr *ast.Expr) {
	left, right := expr.Operand(0), expr.Operand(1)
	if v, ok := s.fresh[expr]; ok {
		if left.Value.Compare(v) == 0 {
			left, right = right, left
		}
		f.term(s, left, context{kind: flows, target: place{s, v}})
		return
	}
	if _, ok := left.Value.(ast.Var); !ok {
		left, right = right, left
	}
	v, isVar := left.Value.(ast.Var)
	_, pair := right.Value.(ast.Var)
	if isVar && !pair && s.single(v) {
		f.term(s, right, context{kind: flows, target: place{s, v}})
		return
	}
	f.term(s, left, context{})
	f.term(s, right, context{})
}
