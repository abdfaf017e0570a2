package leastrbac

import (
	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery"
)

// called looks at a call. Without operands it may have any.
func (w *walker) called(at spot, operator ast.Ref, operands []*ast.Term, location *ast.Location) {
	arguments := operands
	if arity := w.Compiler.GetArity(operator); arity >= 0 && arity <= len(operands) {
		arguments = operands[:arity]
	}
	if name, signature, ok := kubequery.FunctionOf(operator.String()); ok {
		w.calls = append(w.calls, clientCall{site{at, arguments, location}, name, signature})
		return
	}
	node := w.Compiler.RuleTree.Find(operator)
	if node == nil || len(node.Values) == 0 {
		return // a builtin
	}
	f := w.function(node)
	f.sites = append(f.sites, site{at, arguments, location})
	f.escaped = f.escaped || operands == nil
}

// with looks at a value that takes the place of another one. Whoever calls the
// replaced function may call the one that replaces it, with any arguments.
func (w *walker) with(at spot, with *ast.With) {
	w.term(at, with.Value)
	target, ok := with.Target.Value.(ast.Ref)
	if !ok {
		return
	}
	if target.HasPrefix(ast.DefaultRootRef) || w.isFunction(target) {
		w.replaced = append(w.replaced, target)
	}
	if value, ok := with.Value.Value.(ast.Ref); ok && w.isFunction(target) && w.isFunction(value) {
		w.called(at, value, nil, with.Value.Location)
	}
}

// isFunction tells whether a reference is a function: a builtin, or a rule with
// arguments.
func (w *walker) isFunction(ref ast.Ref) bool {
	arity := w.Compiler.GetArity(ref)
	return arity > 0 || arity == 0 && !ref.HasPrefix(ast.DefaultRootRef)
}

// document looks at a reference, which may be one to rules: they are reached
// where it leads to them, into them, or to a document that they are part of.
// Functions are part of none.
func (w *walker) document(ref ast.Ref) {
	if !ref.HasPrefix(ast.DefaultRootRef) {
		return
	}
	node := w.Compiler.RuleTree.Child(ref[0].Value)
	for i := 0; node != nil; i++ {
		w.reach(node)
		if i == len(ref)-1 || !ref[i+1].IsGround() {
			node.DepthFirst(func(below *ast.TreeNode) bool {
				w.reach(below)
				return false
			})
			return
		}
		node = node.Child(ref[i+1].Value)
	}
}

// reach looks at the rules of a node, unless they are a function's.
func (w *walker) reach(node *ast.TreeNode) {
	for _, rule := range node.Values {
		if len(rule.Head.Args) == 0 && !w.met[rule] {
			w.queue = append(w.queue, node)
			return
		}
	}
}
