// Package collector has the garbage collector wait until the heap has 16 MiB:
// while packages are initialized there is little garbage, and it would run three
// times in the first twentieth of a second. Packages whose imports are ready are
// initialized in the order of their paths, so this one, which imports next to
// nothing, comes before those of OPA, Gatekeeper and Kubernetes.
package collector

import (
	"runtime"
	"runtime/debug"
	"sync/atomic"
)

// These are values of the variable GOGC: by how many percent the heap grows
// before it is collected again. A heap of 4 MiB counts as nothing.
const (
	usual = 100
	early = 400
	fast  = 200
)

// given is what the process began with. Whoever set GOGC keeps it.
var given = debug.SetGCPercent(early)

// later is what holds from the first collection on.
var later atomic.Int64

func init() {
	later.Store(int64(given))
	if given != usual {
		debug.SetGCPercent(given)
		return
	}
	// What nobody holds is gone with the first collection.
	runtime.AddCleanup(new([16]byte), func(struct{}) { debug.SetGCPercent(int(later.Load())) }, struct{}{})
}

// Hurry has the collector run half as often as usual, for work that makes much
// garbage and keeps little.
func Hurry() {
	if given == usual {
		later.Store(fast)
		debug.SetGCPercent(fast)
	}
}
