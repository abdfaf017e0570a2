package server

import (
	"runtime/debug"
	"runtime/metrics"
	"time"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
)

const (
	// look is how often the heap is looked at while something is evaluated. A
	// value that grows to twice its size takes longer from some size on.
	look = 10 * time.Millisecond
	// beyond is how many times the bound the heap may have, while evaluations that
	// were ended do not notice it. Then the whole server ends, before the machine
	// has no memory left.
	beyond = 2
	// atOnce is how many times the bound the process may have, where the system
	// can see to that: one call of a builtin can ask for it at once, and is not
	// stopped by looking. It ends the process too.
	atOnce = 4
	// least is what the process may have in any case, in bytes: the programs that
	// it starts for credentials have the same bound.
	least = 2 << 30
)

// heap is the size of what is in use on the heap, in bytes: of what the last
// collection left, or, where much was made since, of two thirds of everything.
func heap() uint64 {
	samples := []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(samples)
	return max(samples[0].Value.Uint64(), samples[1].Value.Uint64()/3*2)
}

// boundProcess has the collector work harder from some size on, a quarter above
// the bound of the heap: near its own limit it does hardly anything else. The
// returned function takes that back.
func boundProcess(most int64) func() {
	previous := debug.SetMemoryLimit(most / 4 * 5)
	restore := boundData(max(uint64(most)*atOnce, least))
	return func() {
		debug.SetMemoryLimit(previous)
		restore()
	}
}

// watch looks at the heap until nothing runs any more.
func (e *evaluations) watch() {
	ticker := time.NewTicker(look)
	defer ticker.Stop()
	for range ticker.C {
		if !e.check() {
			return
		}
	}
}

// check ends all evaluations where there is too much on the heap. It is not
// known whose it is. It tells whether there is still something to watch.
func (e *evaluations) check() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.running) == 0 {
		e.watching = false
		return false
	}
	size, most := e.heap(), uint64(e.limits.Memory)
	if size > most {
		e.full = true
		for evaluation := range e.running {
			evaluation.end(errMemory)
		}
	}
	if size > beyond*most {
		select {
		case e.overflow <- e.overflows():
		default: // it is known already
		}
	}
	return true
}

func (e *evaluations) overflows() error {
	return advice.Errorf("give more with --max-memory, or find the query that makes such big values",
		"an evaluation needs more than %d times --max-memory %s, and cannot be stopped", beyond, Size(e.limits.Memory))
}

// Size is a number of bytes as flags have it, such as 2Gi.
func Size(bytes int64) string { return resource.NewQuantity(bytes, resource.BinarySI).String() }

// checkMemory refuses a bound that is passed already.
func (e *evaluations) checkMemory() error {
	if size := e.heap(); size > uint64(e.limits.Memory) {
		return advice.Errorf("give more", "--max-memory %s: the program with its policies and data takes %s already", Size(e.limits.Memory), Size(int64(size)))
	}
	return nil
}
