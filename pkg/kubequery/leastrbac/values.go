package leastrbac

import (
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
)

// values are constants, sorted, each once: what they are the values of can have
// no other one. It need not have each of them.
type values []ast.Value

// finder finds which values a term can have, at one place of a program. It goes
// back from the term to where its value comes from. Of what it does not know it
// says so: then the term can have any value.
type finder struct {
	*walker
	// came is how the program came to the place that is asked about. It says
	// nothing of functions and rules that are evaluated on the way.
	came chain
	// picked are elements that expressions picked before that place; like came,
	// they say nothing of what is evaluated for itself.
	picked picks
	// left bounds how far it goes.
	left int
	// open are the variables that are being looked for: one that leads back to
	// itself says nothing.
	open map[wanted]bool
}

// wanted is a part of a variable's value at one place.
type wanted struct {
	scope *scope
	index int
	name  ast.Var
	depth int
}

// mostSteps bounds how far back one argument is followed, and mostStepsOfAll all
// of them: it takes seconds to get there.
const (
	mostSteps      = 10_000
	mostStepsOfAll = 5_000_000
)

func newFinder(w *walker, came chain) *finder {
	return &finder{walker: w, came: came, left: mostSteps, open: map[wanted]bool{}}
}

// elsewhere finds what a term can be that is evaluated for itself: at the end of
// a rule, however that was come to.
func (f *finder) elsewhere(rule *ast.Rule, term *ast.Term, path []step) (values, bool) {
	s := f.scopes[rule]
	if s == nil {
		return nil, false
	}
	came, picked := f.came, f.picked
	f.came, f.picked = nil, nil
	defer func() { f.came, f.picked = came, picked }()
	return f.term(s.end(), term, path)
}

// union is what any of several can be; all of them have to be known.
func union[T any](of []T, find func(T) (values, bool)) (values, bool) {
	all := values{}
	for _, each := range of {
		found, known := find(each)
		if !known {
			return nil, false
		}
		all = append(all, found...)
	}
	slices.SortFunc(all, ast.Value.Compare)
	return slices.CompactFunc(all, func(a, b ast.Value) bool { return a.Compare(b) == 0 }), true
}

// all is what any of several terms can be under a path.
func (f *finder) all(at spot, terms []*ast.Term, path []step) (values, bool) {
	return union(terms, func(term *ast.Term) (values, bool) { return f.term(at, term, path) })
}

// term finds what a term can be, or what can be under a path in it.
func (f *finder) term(at spot, term *ast.Term, path []step) (values, bool) {
	f.walker.left--
	if f.left--; f.left < 0 || f.walker.left < 0 {
		return nil, false
	}
	switch value := term.Value.(type) {
	case ast.Null, ast.Boolean, ast.Number, ast.String:
		if len(path) > 0 {
			return values{}, true // there is nothing in it
		}
		return values{value}, true
	case ast.Var:
		return f.variable(at, value, path)
	case ast.Ref:
		return f.reference(at, value, path)
	}
	if len(path) == 0 {
		return values{term.Value}, ast.IsConstant(term.Value)
	}
	if _, body := closure(term.Value); body != nil {
		return f.comprehension(term.Value, path[0], path[1:])
	}
	return f.collection(at, term.Value, path[0], path[1:])
}

// collection finds what is in an array, an object or a set.
func (f *finder) collection(at spot, value ast.Value, first step, rest []step) (values, bool) {
	found := []*ast.Term{}
	switch value := value.(type) {
	case *ast.Array:
		for i := range value.Len() {
			switch key := ast.IntNumberTerm(i); {
			case first.keys:
				found = append(found, key)
			case first.admits(key.Value):
				found = append(found, value.Elem(i))
			}
		}
	case ast.Object:
		for _, key := range value.Keys() {
			switch {
			case first.keys:
				found = append(found, key)
			case first.admits(key.Value):
				found = append(found, value.Get(key))
			}
		}
	case ast.Set:
		for _, element := range value.Slice() {
			if first.admits(element.Value) {
				found = append(found, element)
			}
		}
	default:
		return nil, false
	}
	return f.all(at, found, rest)
}

// comprehension finds what is in the value of a comprehension.
func (f *finder) comprehension(value ast.Value, first step, rest []step) (values, bool) {
	s := f.comprehensions[value]
	if s == nil {
		return nil, false
	}
	switch value := value.(type) {
	case *ast.ArrayComprehension:
		if first.keys {
			return nil, false
		}
		return f.term(s.end(), value.Term, rest)
	case *ast.SetComprehension:
		return f.term(s.end(), value.Term, rest)
	case *ast.ObjectComprehension:
		if first.keys {
			return f.term(s.end(), value.Key, rest)
		}
		return f.term(s.end(), value.Value, rest)
	}
	return nil, false
}

// reference finds what a reference can lead to.
func (f *finder) reference(at spot, ref ast.Ref, path []step) (values, bool) {
	return f.prefix(at, ref, slices.Concat(steps(ref[1:]), path))
}

// steps are those of a reference after its head.
func steps(parts ast.Ref) []step {
	path := []step{}
	for _, part := range parts {
		if part.IsGround() {
			path = append(path, step{key: part.Value})
		} else {
			path = append(path, step{})
		}
	}
	return path
}

// prefix finds what the head of a reference leads to.
func (f *finder) prefix(at spot, ref ast.Ref, path []step) (values, bool) {
	switch head := ref[0].Value.(type) {
	case ast.Var:
		switch {
		case head.Equal(ast.InputRootDocument.Value):
			return nil, false
		case head.Equal(ast.DefaultRootDocument.Value):
			return f.rulesAt(path)
		}
		return f.variable(at, head, path)
	default:
		return f.term(at, ref[0], path)
	}
}
