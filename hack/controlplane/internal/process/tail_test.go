package process

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTail(t *testing.T) {
	var many strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&many, "line %d\n", i)
	}
	for name, test := range map[string]struct{ log, first, last string }{
		"short": {"one\ntwo\n", "one", "two"},
		"long":  {many.String(), "line 4980", "line 4999"},
		"wide":  {strings.Repeat("x", tailBytes) + "\nlast\n", "last", "last"},
		"empty": {"", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "log")
			if err := os.WriteFile(path, []byte(test.log), 0o600); err != nil {
				t.Fatal(err)
			}
			got := strings.Split(Tail(path), "\n")
			if got[0] != test.first || got[len(got)-1] != test.last || len(got) > tailLines {
				t.Errorf("Tail is %d lines, from %.40q to %.40q, want from %q to %q", len(got), got[0], got[len(got)-1], test.first, test.last)
			}
		})
	}
}

func TestTailOfNoLog(t *testing.T) {
	if got := Tail(filepath.Join(t.TempDir(), "log")); !strings.Contains(got, "cannot be read") {
		t.Errorf("Tail = %q", got)
	}
}

func TestSaysLooksAtTheWholeLog(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	content := "first: address already in use\n" + strings.Repeat("noise\n", tailBytes)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	if !Says(path, "address already in use") || Says(path, "no disk") || Says(path+".none", "noise") {
		t.Error("Says looks at something else than the whole log")
	}
}
