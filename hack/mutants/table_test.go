package main

import (
	"os"
	"path/filepath"
	"testing"
)

// TestTable wants the table in the page to be the one of the data, and writing
// it again to change nothing else.
func TestTable(t *testing.T) {
	before, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(t.TempDir(), "page.md")
	if err := os.WriteFile(copied, before, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := document(copied, mutations(t)); err != nil {
		t.Fatal(err)
	}
	after, err := os.ReadFile(copied)
	if err != nil {
		t.Fatal(err)
	}
	if string(before) != string(after) {
		t.Errorf("%s does not have the table of mutants.txt: run make generate", page)
	}
}

func TestFill(t *testing.T) {
	written := table([]mutation{{id: "a", file: "f.go", breaks: "It ends."}, {id: "b", file: "g.go", breaks: "It | stays."}})
	got, err := fill("before\n"+begin+"old\n"+end+"after\n", written)
	want := "before\n" + begin + `| mutation | file | what it breaks |
|---|---|---|
| ` + "`a` | `f.go`" + ` | It ends. |
| ` + "`b` | `g.go`" + ` | It \| stays. |
` + end + "after\n"
	if err != nil || got != want {
		t.Errorf("want %q, found %q, %v", want, got, err)
	}
	for _, text := range []string{"", begin, end, end + begin} {
		if got, err := fill(text, written); err == nil {
			t.Errorf("%q becomes %q", text, got)
		}
	}
}
