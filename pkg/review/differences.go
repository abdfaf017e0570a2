package review

import (
	"cmp"
	"slices"
	"strings"

	"github.com/kubectl-opa/kubectl-opa/pkg/engine"
)

// most is how many differences are kept: a sentence for each namespace of a
// large cluster is more than anybody reads.
const most = 100

// Difference is what other enforcement points see differently, and of how many
// objects; 0 says that it is about a policy and any object.
type Difference struct {
	engine.Difference
	Objects int
}

// differences counts differences, each sentence once.
type differences struct {
	found map[string]*Difference
}

func newDifferences(of []engine.Difference) *differences {
	d := &differences{map[string]*Difference{}}
	for _, one := range of {
		d.found[one.Why] = &Difference{Difference: one}
	}
	return d
}

// add counts those of an object.
func (d *differences) add(of []engine.Difference) {
	for _, one := range of {
		known := d.found[one.Why]
		switch {
		case known != nil:
			known.Objects++
		case len(d.found) < most:
			d.found[one.Why] = &Difference{one, 1}
		}
	}
}

// sorted are all, those about policies first.
func (d *differences) sorted() []Difference {
	all := []Difference{}
	for _, one := range d.found {
		all = append(all, *one)
	}
	slices.SortFunc(all, func(a, b Difference) int {
		return cmp.Or(cmp.Compare(a.Objects, b.Objects), strings.Compare(a.Why, b.Why))
	})
	return all
}
