package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// TestReadmeShowsTheDemo holds the README against the golden files of the
// demo's script: what it says that the demo prints is what the demo prints.
func TestReadmeShowsTheDemo(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	script, err := txtar.ParseFile(filepath.Join(scripts, "both/demo.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range script.Files {
		if filepath.Ext(file.Name) != ".out" && filepath.Ext(file.Name) != ".err" {
			continue
		}
		if !strings.Contains(string(readme), string(file.Data)) {
			t.Errorf("the README lacks what the demo prints at %s:\n%s", file.Name, file.Data)
		}
	}
	for _, line := range strings.Split(string(script.Comment), "\n") {
		if text, found := strings.CutPrefix(line, "say '"); found && !strings.Contains(string(readme), strings.TrimSuffix(text, "'")) {
			t.Errorf("the README lacks %q", text)
		}
		if text, found := strings.CutPrefix(line, "show "); found && !strings.Contains(string(readme), "$ "+text+"\n") {
			t.Errorf("the README lacks the command %q", text)
		}
	}
}
