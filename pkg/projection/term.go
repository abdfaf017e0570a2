package projection

import "github.com/open-policy-agent/opa/v1/ast"

// term looks at a term whose value goes somewhere.
func (f *follower) term(s *scope, term *ast.Term, c context) {
	switch value := term.Value.(type) {
	case ast.Null, ast.Boolean, ast.Number, ast.String:
	case ast.Var:
		f.ref(s, ast.Ref{term}, c)
	case ast.Ref:
		f.ref(s, value, c)
	case *ast.Array:
		value.Foreach(func(element *ast.Term) { f.term(s, element, part(c)) })
	case ast.Set:
		value.Foreach(func(element *ast.Term) { f.term(s, element, context{}) })
	case ast.Object:
		value.Foreach(func(key, member *ast.Term) {
			f.term(s, key, context{})
			f.term(s, member, part(c))
		})
	case *ast.ArrayComprehension:
		f.body(s, value.Body)
		f.term(s, value.Term, element(c))
	case *ast.SetComprehension: // its elements are compared with each other
		f.body(s, value.Body)
		f.term(s, value.Term, context{})
	case *ast.ObjectComprehension: // and so are its keys, and values of one key
		f.body(s, value.Body)
		f.term(s, value.Key, context{})
		f.term(s, value.Value, context{})
	default:
		f.lost = true
	}
}

// part is where a part of a value goes that is made of it: of a term that is
// written out, of a text. Without the part there is none of the whole.
func part(c context) context {
	switch {
	case c.kind == exists || c.kind == rendered:
		return c
	case c.kind == flows && !c.elements:
		return context{kind: rendered, target: c.target}
	default:
		return context{}
	}
}

// element is where an element of an array goes, if the array goes somewhere.
func element(c context) context {
	switch {
	case c.kind != flows:
		return c
	case c.within:
		return context{} // arrays in arrays are not followed
	case c.elements:
		return context{kind: flows, target: c.target}
	default:
		return context{kind: flows, target: c.target, within: true}
	}
}

// ref looks at a reference. What it has as an index is compared with keys.
func (f *follower) ref(s *scope, ref ast.Ref, c context) {
	path := []step{}
	for _, part := range ref[1:] {
		text, constant := part.Value.(ast.String)
		path = append(path, step{key: string(text), each: !constant})
		if !constant {
			f.term(s, part, context{})
		}
	}
	head, isVar := ref[0].Value.(ast.Var)
	switch {
	case !isVar:
		f.term(s, ref[0], context{})
	case head.Equal(ast.InputRootDocument.Value): // has no result of a source, unless it is put there as a whole
		f.use(inputDocument, path, c)
	case head.Equal(ast.DefaultRootDocument.Value):
		f.document(ref, path, c)
	default:
		f.use(place{s, head}, path, c)
	}
}

// document looks at a reference to rules. Data that is no rule has no result
// of a source.
func (f *follower) document(ref ast.Ref, path []step, c context) {
	node := f.Compiler.RuleTree.Child(ref[0].Value)
	for i := 0; node != nil; i++ {
		if len(node.Values) > 0 {
			f.use(place{owner: f.met(node)}, path[i:], c)
		}
		if i == len(path) || path[i].each {
			f.all(node)
			return
		}
		node = node.Child(ref[i+1].Value)
	}
}

// all looks at all rules below a node: they are parts of one document.
func (f *follower) all(node *ast.TreeNode) {
	for _, child := range node.Children {
		child.DepthFirst(func(below *ast.TreeNode) bool {
			if len(below.Values) > 0 {
				f.use(place{owner: f.met(below)}, nil, context{})
			}
			return false
		})
	}
}
