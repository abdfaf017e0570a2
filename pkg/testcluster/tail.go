package testcluster

import "sync"

// A tail keeps the end of what is written to it.
type tail struct {
	limit int

	mu      sync.Mutex
	content []byte
	cut     bool
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.content = append(t.content, p...)
	if over := len(t.content) - t.limit; over > 0 {
		t.content = append(t.content[:0], t.content[over:]...)
		t.cut = true
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.cut {
		return "…" + string(t.content)
	}
	return string(t.content)
}
