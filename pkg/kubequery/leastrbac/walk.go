package leastrbac

import (
	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery"
)

// walker goes through all that a program can reach, and remembers the calls of
// the client and of functions, each with the place where it stands.
type walker struct {
	kubequery.Program
	calls     []clientCall
	functions map[*ast.TreeNode]*function
	// replaced are the documents and functions that a with puts others in the
	// place of.
	replaced []ast.Ref
	met      map[*ast.Rule]bool
	queue    []*ast.TreeNode
	// scopes are those of rules that were met, and comprehensions are those of
	// comprehensions.
	scopes         map[*ast.Rule]*scope
	comprehensions map[ast.Value]*scope
	// chains are those to functions, once they were asked for.
	chains map[*function][]chain
	// left bounds how far all arguments together are followed.
	left int
}

// clientCall is one call of the client in the text of the program. Without
// arguments it may have any.
type clientCall struct {
	site
	name      string
	signature kubequery.Signature
}

// walk goes through a program: from its query, or, if that is not what counts,
// from all its rules.
func walk(program kubequery.Program, query bool) *walker {
	w := &walker{
		Program: program, functions: map[*ast.TreeNode]*function{}, met: map[*ast.Rule]bool{},
		scopes: map[*ast.Rule]*scope{}, comprehensions: map[ast.Value]*scope{}, chains: map[*function][]chain{}, left: mostStepsOfAll,
	}
	if query {
		w.body(&scope{body: program.Query})
		w.rules()
		return w
	}
	uncalled := []*ast.TreeNode{}
	for _, rule := range program.Rules() {
		node := program.Compiler.RuleTree.Find(rule.Ref().GroundPrefix())
		if len(rule.Head.Args) > 0 {
			uncalled = append(uncalled, node)
		} else {
			w.queue = append(w.queue, node)
		}
	}
	w.rules()
	w.uncalled(uncalled)
	return w
}

// uncalled looks at functions that no rule calls: who does is not known, nor
// what with. Those that only such functions call get what these give them.
func (w *walker) uncalled(nodes []*ast.TreeNode) {
	called := map[*ast.TreeNode]bool{}
	for _, node := range nodes {
		for _, rule := range node.Values {
			for current := rule; current != nil; current = current.Else {
				w.calledIn(current, called)
			}
		}
	}
	for _, node := range nodes {
		if w.functions[node] == nil && !called[node] {
			w.function(node).escaped = true
		}
	}
	w.rules()
}

// calledIn notes the functions that a rule calls.
func (w *walker) calledIn(rule *ast.Rule, called map[*ast.TreeNode]bool) {
	ast.WalkExprs(rule, func(expr *ast.Expr) bool {
		if expr.IsCall() {
			called[w.Compiler.RuleTree.Find(expr.Operator())] = true
		}
		return false
	})
}

// function is the function of a node, which is now to be looked at.
func (w *walker) function(node *ast.TreeNode) *function {
	if w.functions[node] == nil {
		w.functions[node] = &function{}
		w.queue = append(w.queue, node)
	}
	return w.functions[node]
}

// rules looks at the rules that were met, and at those that are met there.
func (w *walker) rules() {
	for len(w.queue) > 0 {
		node := w.queue[0]
		w.queue = w.queue[1:]
		for _, rule := range node.Values {
			for ; rule != nil && !w.met[rule]; rule = rule.Else {
				w.met[rule] = true
				w.rule(rule, w.functions[node])
			}
		}
	}
}

func (w *walker) rule(rule *ast.Rule, of *function) {
	s := &scope{body: rule.Body, rule: rule, function: of}
	w.scopes[rule] = s
	w.body(s)
	head := []*ast.Term{rule.Head.Key, rule.Head.Value}
	head = append(head, rule.Head.Reference[min(1, len(rule.Head.Reference)):]...)
	for _, term := range append(head, rule.Head.Args...) {
		if term != nil {
			w.term(s.end(), term)
		}
	}
}

func (w *walker) body(s *scope) {
	for i, expr := range s.body {
		w.expr(spot{s, i}, expr)
	}
}

func (w *walker) expr(at spot, expr *ast.Expr) {
	for _, with := range expr.With {
		w.with(at, with)
	}
	if expr.IsCall() {
		w.called(at, expr.Operator(), expr.Operands(), expr.Terms.([]*ast.Term)[0].Location)
		for _, operand := range expr.Operands() {
			w.term(at, operand)
		}
		return
	}
	if every, ok := expr.Terms.(*ast.Every); ok {
		w.term(at, every.Domain)
		w.body(&scope{body: every.Body, outer: &at, every: every})
		return
	}
	w.term(at, expr.Terms)
}

// term looks at whatever stands in an expression.
func (w *walker) term(at spot, x any) {
	ast.NewGenericVisitor(func(x any) bool {
		switch x := x.(type) {
		case *ast.Term:
			if _, comprehension := closure(x.Value); comprehension != nil {
				w.comprehension(at, x, comprehension)
				return true
			}
		case ast.Body: // of what is neither a comprehension nor an every
			w.body(&scope{body: x, outer: &at})
			return true
		case *ast.Expr: // a part of a value
			w.body(&scope{body: ast.Body{x}, outer: &at})
			return true
		case ast.Call: // compiling leaves none
			w.called(at, x[0].Value.(ast.Ref), nil, x[0].Location)
		case ast.Ref:
			w.document(x)
		}
		return false
	}).Walk(x)
}

// closure are the terms and the body of a comprehension.
func closure(value ast.Value) (terms []*ast.Term, body ast.Body) {
	switch value := value.(type) {
	case *ast.ArrayComprehension:
		return []*ast.Term{value.Term}, value.Body
	case *ast.SetComprehension:
		return []*ast.Term{value.Term}, value.Body
	case *ast.ObjectComprehension:
		return []*ast.Term{value.Key, value.Value}, value.Body
	}
	return nil, nil
}

// comprehension looks at a comprehension. Where OPA keeps an index of one, it
// evaluates it once, for all values of the variables around it: then nothing
// that stands before it is a bound.
func (w *walker) comprehension(at spot, term *ast.Term, body ast.Body) {
	s := &scope{body: body, outer: &at}
	if w.Compiler.ComprehensionIndex(term) != nil || w.Queries.ComprehensionIndex(term) != nil {
		s.outer = nil
	}
	if _, twice := w.comprehensions[term.Value]; twice {
		s.outer = nil // it stands in two places: neither is around it for sure
	}
	w.comprehensions[term.Value] = s
	w.body(s)
	terms, _ := closure(term.Value)
	for _, inner := range terms {
		w.term(s.end(), inner)
	}
}
