package projection

import "github.com/open-policy-agent/opa/v1/ast"

// builtin looks at a call of a builtin: all of its arguments, but for the few
// builtins that look at less.
func (f *follower) builtin(s *scope, name string, arguments []*ast.Term, out context) {
	switch {
	case name == ast.Count.Name:
		// Only the number of elements counts, whatever they are.
		f.elements(s, arguments[0])
	case name == ast.ObjectGet.Name:
		f.get(s, arguments, out)
	case name == ast.Sprintf.Name:
		// It has a text for whatever is to be in it.
		for _, argument := range arguments {
			f.term(s, argument, part(out))
		}
	case types[name]:
		f.term(s, arguments[0], context{kind: exists})
	default:
		for _, argument := range arguments {
			f.term(s, argument, context{})
		}
	}
}

// types are builtins that look at the type of a value only.
var types = map[string]bool{
	ast.TypeNameBuiltin.Name: true,
	ast.IsArray.Name:         true, ast.IsBoolean.Name: true, ast.IsNull.Name: true, ast.IsNumber.Name: true,
	ast.IsObject.Name: true, ast.IsSet.Name: true, ast.IsString.Name: true,
}

// elements looks at how many elements a value has.
func (f *follower) elements(s *scope, term *ast.Term) {
	counted := &place{owner: s, name: "number of elements"} // no variable has such a name
	f.term(s, term, context{kind: flows, target: *counted, elements: true})
}

// get looks at object.get: a field, or a path, or what is given instead.
func (f *follower) get(s *scope, arguments []*ast.Term, out context) {
	object, key, instead := arguments[0], arguments[1], arguments[2]
	f.term(s, instead, out)
	f.term(s, key, context{})
	ref, ok := asRef(object)
	if !ok {
		f.term(s, object, context{})
		return
	}
	switch value := key.Value.(type) {
	case ast.String:
		ref = ref.Append(key)
	case *ast.Array:
		value.Foreach(func(part *ast.Term) { ref = ref.Append(part) })
	default: // it may be a path, of any length
		out = context{}
	}
	f.ref(s, ref, out)
}

// asRef is a variable or a reference as one that can be continued.
func asRef(term *ast.Term) (ast.Ref, bool) {
	switch value := term.Value.(type) {
	case ast.Var:
		return ast.Ref{term}, true
	case ast.Ref:
		return value, true
	default:
		return nil, false
	}
}
