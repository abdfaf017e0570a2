package leastrbac

import "github.com/open-policy-agent/opa/v1/ast"

// withElse are rules with what they have as else.
func withElse(rules []*ast.Rule) []*ast.Rule {
	all := []*ast.Rule{}
	for _, rule := range rules {
		for ; rule != nil; rule = rule.Else {
			all = append(all, rule)
		}
	}
	return all
}

// rulesAt finds what is under a path in the data: what rules give it. Data that
// is no rule can be anything: it can be another one where the policy runs.
func (f *finder) rulesAt(path []step) (values, bool) {
	if f.isReplacedUnder(path) {
		return nil, false
	}
	node := f.Compiler.RuleTree.Child(ast.DefaultRootDocument.Value)
	for i := 0; node != nil; i++ {
		if len(node.Values) > 0 {
			if len(node.Children) > 0 {
				return nil, false // a document of several rules that differ in more than their values
			}
			return union(withElse(node.Values), func(rule *ast.Rule) (values, bool) { return f.rule(rule, path[i:]) })
		}
		if i == len(path) || path[i].key == nil {
			return nil, false
		}
		node = node.Child(path[i].key)
	}
	return nil, false
}

// rule finds what one rule gives its document, under a path. The references of
// rules can have variables, as in answers[resource]: those come before the value.
func (f *finder) rule(rule *ast.Rule, path []step) (values, bool) {
	if len(rule.Head.Args) > 0 {
		return nil, false
	}
	ref := rule.Ref()
	parts := ref[len(ref.GroundPrefix()):]
	if rule.Head.Value == nil { // a set
		parts = append(parts[:len(parts):len(parts)], rule.Head.Key)
	}
	for i, part := range parts {
		switch {
		case len(path) == 0:
			return nil, false
		case ast.IsConstant(part.Value) && !path[0].keys && !path[0].admits(part.Value):
			return values{}, true
		case path[0].keys, rule.Head.Value == nil && i == len(parts)-1:
			return f.elsewhere(rule, part, path[1:])
		}
		path = path[1:]
	}
	return f.elsewhere(rule, rule.Head.Value, path)
}

// isReplaced tells whether a with gives a function, or a document, another value
// anywhere in the program: then what it is elsewhere is not known.
func (f *finder) isReplaced(ref ast.Ref) bool {
	for _, replaced := range f.replaced {
		if replaced.Equal(ref) {
			return true
		}
	}
	return ref.HasPrefix(ast.DefaultRootRef) && f.isReplacedUnder(steps(ref[1:]))
}

// isReplacedUnder tells the same of a path in the data.
func (f *finder) isReplacedUnder(path []step) bool {
	for _, replaced := range f.replaced {
		if replaced.HasPrefix(ast.DefaultRootRef) && meet(steps(replaced[1:]), path) {
			return true
		}
	}
	return false
}

// meet tells whether one of two paths can lead into, or to, the other one.
func meet(a, b []step) bool {
	for i := range min(len(a), len(b)) {
		if a[i].key != nil && !b[i].admits(a[i].key) {
			return false
		}
	}
	return true
}
