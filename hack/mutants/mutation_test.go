package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// mutations are those of mutants.txt.
func mutations(t *testing.T) []mutation {
	t.Helper()
	all, err := parse(data)
	if err != nil {
		t.Fatal(err)
	}
	if len(all) == 0 {
		t.Fatal("no mutations")
	}
	return all
}

// TestMutationsFit wants the lines of every mutation in the code as it is.
func TestMutationsFit(t *testing.T) {
	for _, m := range mutations(t) {
		text, err := os.ReadFile(filepath.Join(repository, m.file))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := m.apply(string(text)); err != nil {
			t.Error(err)
		}
	}
}

func TestParse(t *testing.T) {
	const head = "@@ a pkg/policy/a.go @@\n"
	for name, tc := range map[string]struct{ text, err string }{
		"fine":            {"# Comment.\n\n" + head + "It breaks.\n \tstays\n-\tgoes\n+\tcomes\n", ""},
		"only taken away": {head + "It breaks.\n-goes\n", ""},
		"no header":       {"It breaks.\n", "mutants.txt:1: want a header, one sentence, then lines that begin with -, + or a space"},
		"a wrong header":  {"@@ a @@\n", "mutants.txt:1: want a header, one sentence, then lines that begin with -, + or a space"},
		"two sentences":   {head + "It breaks.\nIt ends.\n-goes\n", "mutants.txt:3: want a header, one sentence, then lines that begin with -, + or a space"},
		"no sentence":     {head + "-goes\n", "a: want a sentence that says what it breaks"},
		"no change":       {head + "It breaks.\n-goes\n+goes\n", "a: nothing is changed"},
		"only added":      {head + "It breaks.\n+comes\n", "a: nothing is changed"},
		"twice":           {strings.Repeat(head+"It breaks.\n-goes\n", 2), "a: there are two of this ID"},
		"another package": {"@@ a pkg/kube/a.go @@\nIt breaks.\n-goes\n", "a: pkg/kube/a.go is in none of pkg/policy, pkg/imagepolicy, pkg/projection, pkg/engine/regodriver"},
	} {
		t.Run(name, func(t *testing.T) {
			all, err := parse(tc.text)
			got := ""
			if err != nil {
				got = err.Error()
			}
			if got != tc.err {
				t.Errorf("want %q, found %q", tc.err, got)
			}
			if want := (mutation{"a", "pkg/policy/a.go", "It breaks.", "\tstays\n\tgoes\n", "\tstays\n\tcomes\n"}); name == "fine" && (len(all) != 1 || all[0] != want) {
				t.Errorf("found %+v", all)
			}
		})
	}
}

func TestApply(t *testing.T) {
	m := mutation{id: "a", file: "f", old: "\tb\n", new: "\tx\n\ty\n"}
	for text, want := range map[string]string{
		"\ta\n\tb\n\tc\n":   "\ta\n\tx\n\ty\n\tc\n",
		"\tb\n":             "\tx\n\ty\n",
		"\ta\n\t\tb\n\tb\n": "\ta\n\t\tb\n\tx\n\ty\n",
	} {
		if got, err := m.apply(text); err != nil || got != want {
			t.Errorf("%q: want %q, found %q, %v", text, want, got, err)
		}
	}
	for text, want := range map[string]string{
		"\ta\n":           "a: f does not have the lines\n\tb\n",
		"\t\tb\n":         "a: f does not have the lines\n\tb\n",
		"\tb\n\tb\n":      "a: f has these lines more than once\n\tb\n",
		"\tb\n\ta\n\tb\n": "a: f has these lines more than once\n\tb\n",
	} {
		if _, err := m.apply(text); err == nil || err.Error() != want {
			t.Errorf("%q: want %q, found %v", text, want, err)
		}
	}
}
