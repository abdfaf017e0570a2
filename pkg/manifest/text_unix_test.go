//go:build unix

package manifest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestRegular wants only what has a beginning to come back to.
func TestRegular(t *testing.T) {
	dir := t.TempDir()
	file, pipe := filepath.Join(dir, "file"), filepath.Join(dir, "pipe")
	if err := errors.Join(os.WriteFile(file, nil, 0o600), syscall.Mkfifo(pipe, 0o600), os.Symlink("file", filepath.Join(dir, "link"))); err != nil {
		t.Fatal(err)
	}
	open, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer open.Close()
	for path, want := range map[string]bool{
		file: true, filepath.Join(dir, "link"): true, pipe: false, dir: false, "-": false, filepath.Join(dir, "missing"): false,
		fmt.Sprint("/dev/fd/", open.Fd()): false, fmt.Sprint("/proc/self/fd/", open.Fd()): false, "/dev/stdin": false,
	} {
		if Regular(path) != want {
			t.Errorf("%s: %v", path, !want)
		}
	}
}
