package projection

import "github.com/open-policy-agent/opa/v1/ast"

// scope is a rule or a query, with all that is nested in it. Compiling gives
// variables of nested scopes names of their own; where it does not, taking two
// for one only makes them whole.
type scope struct {
	// bound is, for each variable, at how many places it could get its value.
	// At all but one of them its value would be compared with another one.
	bound map[ast.Var]int
	// fresh is the side of an equality of a variable with another one, or with
	// what is made of some, that gets its value there.
	fresh map[*ast.Expr]ast.Var
	// arity is the number of arguments of a function.
	arity func(ast.Ref) int
}

// newScope is the scope of a rule or of a query's body.
func newScope(arity func(ast.Ref) int, x any) *scope {
	s := &scope{bound: map[ast.Var]int{}, fresh: map[*ast.Expr]ast.Var{}, arity: arity}
	s.count(x)
	return s
}

// single tells whether a variable gets its value at one place, and is compared
// at no other one by that.
func (s *scope) single(v ast.Var) bool { return s.bound[v] == 1 }

func (s *scope) count(x any) {
	pairs := []*ast.Expr{}
	ast.NewGenericVisitor(func(x any) bool {
		switch x := x.(type) {
		case *ast.Head:
			for _, argument := range x.Args {
				s.pattern(argument)
			}
		case *ast.Expr:
			if pair := s.expr(x); pair {
				pairs = append(pairs, x)
			}
		case ast.Ref:
			for _, part := range x[min(1, len(x)):] {
				s.pattern(part)
			}
		}
		return false
	}).Walk(x)
	s.order(pairs)
}

// expr counts what an expression binds, and tells whether it is an equality that
// may bind a variable on either side.
func (s *scope) expr(expr *ast.Expr) (pair bool) {
	if every, ok := expr.Terms.(*ast.Every); ok {
		s.pattern(every.Key)
		s.pattern(every.Value)
		return false
	}
	if !expr.IsCall() {
		return false
	}
	if !expr.IsEquality() {
		s.pattern(result(expr, s.arity(expr.Operator())))
		return false
	}
	s.pattern(expr.Operand(0))
	s.pattern(expr.Operand(1))
	return isPattern(expr.Operand(0)) && isPattern(expr.Operand(1))
}

// isPattern tells whether a term has variables that it could bind.
func isPattern(term *ast.Term) bool {
	switch term.Value.(type) {
	case ast.Var, *ast.Array, ast.Object:
		return true
	default:
		return false
	}
}

// result is the operand that gets the result of a call, nil if none does.
func result(expr *ast.Expr, arity int) *ast.Term {
	if operands := expr.Operands(); arity >= 0 && len(operands) > arity {
		return operands[arity]
	}
	return nil
}

// pattern counts the variables that a term would bind.
func (s *scope) pattern(term *ast.Term) { s.bind(term, 1) }

func (s *scope) bind(term *ast.Term, places int) {
	if term == nil {
		return
	}
	each := func(term *ast.Term) { s.bind(term, places) }
	switch value := term.Value.(type) {
	case ast.Var:
		s.bound[value] += places
	case *ast.Array:
		value.Foreach(each)
	case ast.Object:
		value.Foreach(func(_, member *ast.Term) { each(member) })
	}
}

// order finds which variable of each pair gets its value from the other side:
// one that can get it nowhere else. The other side is only read there.
func (s *scope) order(pairs []*ast.Expr) {
	for changed := true; changed; {
		changed = false
		for _, pair := range pairs {
			if _, done := s.fresh[pair]; done {
				continue
			}
			left, right := pair.Operand(0), pair.Operand(1)
			switch {
			case left.Equal(right):
			case s.singleTerm(left):
				s.fresh[pair], changed = left.Value.(ast.Var), true
				s.bind(right, -1)
			case s.singleTerm(right):
				s.fresh[pair], changed = right.Value.(ast.Var), true
				s.bind(left, -1)
			}
		}
	}
}

func (s *scope) singleTerm(term *ast.Term) bool {
	v, ok := term.Value.(ast.Var)
	return ok && s.single(v)
}
