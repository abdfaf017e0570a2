package binaries

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
)

func TestLockIsGivenUpWithTheContext(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	unlock, err := lock(t.Context(), path, nil)
	if err != nil {
		t.Fatal(err)
	}
	reason := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	waited := 0
	if _, err := lock(ctx, path, func() { waited++; cancel(reason) }); !errors.Is(err, reason) {
		t.Errorf("a held lock gave %v, want %v", err, reason)
	}
	if waited != 1 {
		t.Errorf("waiting was told %d times", waited)
	}
	unlock()
	unlock, err = lock(t.Context(), path, func() { t.Error("waited for a lock that nobody holds") })
	if err != nil {
		t.Fatal(err)
	}
	unlock()
}
