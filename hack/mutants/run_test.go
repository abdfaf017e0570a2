package main

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// module is a small module with two packages: a has a test, b tests a.
func module(t *testing.T) runner {
	t.Helper()
	root := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":      "module example.com/m\n\ngo 1.26\n",
		"a/a.go":      "package a\n\nimport _ \"embed\"\n\n//go:embed a.txt\nvar Text string\n\nfunc One() int {\n\treturn 1\n}\n\nfunc Two() int {\n\treturn 2\n}\n\nfunc Three() int {\n\treturn 3\n}\n",
		"a/a.txt":     "text\n",
		"a/a_test.go": "package a\n\nimport \"testing\"\n\nfunc TestOne(t *testing.T) {\n\tt.Run(\"inner\", func(t *testing.T) {\n\t\tif One() != 1 || Text != \"text\\n\" {\n\t\t\tt.Error()\n\t\t}\n\t})\n}\n",
		"b/b_test.go": "package b\n\nimport (\n\t\"testing\"\n\n\t\"example.com/m/a\"\n)\n\nfunc TestTwo(t *testing.T) {\n\tif a.Two() == 0 {\n\t\tpanic(\"zero\")\n\t}\n\tif a.Two() != 2 {\n\t\tt.Error()\n\t}\n}\n",
	} {
		file := filepath.Join(root, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o700), os.WriteFile(file, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	return runner{root: root, scratch: t.TempDir(), packages: []string{"b", "a"}}
}

// TestEach tries faults of every sort, and wants the module as it was.
func TestEach(t *testing.T) {
	r := module(t)
	before, err := os.ReadFile(filepath.Join(r.root, "a/a.go"))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]result{}
	err = errors.Join(r.sound(t.Context()), r.each(t.Context(), []mutation{
		{id: "own-test", file: "a/a.go", old: "\treturn 1\n", new: "\treturn 0\n"},
		{id: "embedded", file: "a/a.txt", old: "text\n", new: "test\n"},
		{id: "others-test", file: "a/a.go", old: "\treturn 2\n", new: "\treturn 1\n"},
		{id: "nobodys-test", file: "a/a.go", old: "\treturn 3\n", new: "\treturn 2\n"},
		{id: "no-code", file: "a/a.go", old: "\treturn 3\n", new: "\treturn \"\"\n"},
	}, 2, func(m mutation, found result) {
		if found.took <= 0 {
			t.Errorf("%s took %s", m.id, found.took)
		}
		found.by, _, _ = strings.Cut(found.by, "\n")
		got[m.id] = result{outcome: found.outcome, by: found.by}
	}))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]result{
		"own-test": {outcome: killed, by: "TestOne/inner"}, "embedded": {outcome: killed, by: "TestOne/inner"},
		"others-test": {outcome: killed, by: "TestTwo"}, "nobodys-test": {outcome: survived},
		"no-code": {outcome: broken, by: "# example.com/m/a [example.com/m/a.test]"},
	}
	if !maps.Equal(want, got) {
		t.Errorf("want %v, found %v", want, got)
	}
	if after, err := os.ReadFile(filepath.Join(r.root, "a/a.go")); err != nil || string(before) != string(after) {
		t.Errorf("the file is now %s, %v", after, err)
	}
}

// TestSound wants nothing tried where the tests fail by themselves.
func TestSound(t *testing.T) {
	r := module(t)
	if err := os.WriteFile(filepath.Join(r.root, "a/a.txt"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := r.sound(t.Context()); err == nil || !strings.HasPrefix(err.Error(), "the tests of a fail without any fault:\n--- FAIL: TestOne") {
		t.Errorf("found %v", err)
	}
}

// TestEachStops wants Ctrl-C to be no outcome, and an error to end it all.
func TestEachStops(t *testing.T) {
	r := module(t)
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	tell := func(m mutation, found result) { t.Errorf("%s: %v", m.id, found) }
	fault := mutation{id: "x", file: "a/a.go", old: "\treturn 1\n", new: "\treturn 0\n"}
	if err := r.each(stopped, []mutation{fault}, 1, tell); !errors.Is(err, context.Canceled) {
		t.Errorf("after Ctrl-C: %v", err)
	}
	fault.old = "\treturn 4\n"
	if err := r.each(t.Context(), []mutation{fault}, 1, tell); err == nil || err.Error() != "x: a/a.go does not have the lines\n\treturn 4\n" {
		t.Errorf("found %v", err)
	}
}

func TestVerdict(t *testing.T) {
	for output, want := range map[string]result{
		"panic: zero\n\nFAIL\texample.com/m/b\t0.01s\n":                       {outcome: killed, by: "panic or timeout"},
		"--- FAIL: TestA (0.00s)\n    --- FAIL: TestA/b (0.00s)\nFAIL\n":      {outcome: killed, by: "TestA/b"},
		"a.go:1:1: x\nFAIL\tm/a [build failed]\n":                             {outcome: broken, by: "a.go:1:1: x\nFAIL\tm/a [build failed]\n"},
		"FAIL\tm/a [setup failed]\n":                                          {outcome: broken, by: "FAIL\tm/a [setup failed]\n"},
		"--- FAIL: TestA (0.00s)\n    a_test.go:1: FAIL m/a [build failed]\n": {outcome: killed, by: "TestA"},
	} {
		if got := verdict(output); got != want {
			t.Errorf("%q: want %+v, found %+v", output, want, got)
		}
	}
}
