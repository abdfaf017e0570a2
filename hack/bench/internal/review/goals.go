package review

import (
	"slices"
	"time"

	"github.com/kubectl-opa/kubectl-opa/hack/bench/internal/report"
)

// The goals, against gator test: how many times faster, and how much leaner.
const (
	fasterRego = 8
	fasterCEL  = 5
	leaner     = 20
	// flat is how much more memory ten times the objects may take.
	flat = 1.3
	// firstWithin is when the first finding is to be there.
	firstWithin = 300 * time.Millisecond
)

// goals are those of a benchmark where both programs were measured.
func (b benchmark) goals(rows []report.Row) []report.Goal {
	of := func(peer string) int {
		return slices.IndexFunc(rows, func(r report.Row) bool { return r.Peer == peer })
	}
	ours, other := of(Plugin), of(Gator)
	if ours < 0 || other < 0 {
		return nil
	}
	return []report.Goal{report.Faster(rows[ours], rows[other], b.faster), report.Leaner(rows[ours], rows[other], leaner)}
}
