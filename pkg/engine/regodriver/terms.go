package regodriver

import (
	"hash/maphash"
	"strings"
	"sync/atomic"

	"github.com/open-policy-agent/opa/v1/ast"
)

// terms keeps the terms of short texts that were asked for lately: names of
// fields, and values as they are in one object after the other. A text has one
// place, where the last one stays, so it never holds more than it has places.
// Terms are shared, as OPA shares those that it interns.
type terms struct {
	seed   maphash.Seed
	places [4096]atomic.Pointer[ast.Term]
}

// longest is how long a text may be to be kept, in bytes.
const longest = 48

func newTerms() *terms { return &terms{seed: maphash.MakeSeed()} }

// of is the term of a text.
func (t *terms) of(text string) *ast.Term {
	if len(text) > longest {
		return ast.StringTerm(text)
	}
	place := &t.places[maphash.String(t.seed, text)%uint64(len(t.places))]
	if known := place.Load(); known != nil && string(known.Value.(ast.String)) == text {
		return known
	}
	// A copy: the text can be a piece of a long one, which would stay, too.
	made := ast.StringTerm(strings.Clone(text))
	place.Store(made)
	return made
}
