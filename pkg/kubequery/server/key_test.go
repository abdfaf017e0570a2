package server

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/open-policy-agent/opa/v1/ast"
)

// FuzzKey reads keys that policies make up: none makes it panic, an error is
// short, and what is understood are values.
func FuzzKey(f *testing.F) {
	for _, key := range []string{
		`["query_all",["pods"]]`, `["query_label_selector","[\"pods\", {1: \"a\", {2}: set()}]"]`, `["f","[x | x = 1]"]`, `["f","data.x"]`,
		`["f","[input]"]`, `["f",[1e999,null,{"a":[]}]]`, `[]`, `[1,2]`, `{"a":1}`, ``, `["f",["x"]] `, `["f",["x"]]y`, `["f","["]`, `["f","[\"a\"] "]`, "[\"\xff\",[]]",
		`["f","[1] [2]"]`, `["f",{"a":1}]`, `["f","{1,2}"]`,
	} {
		f.Add(key)
	}
	f.Fuzz(func(t *testing.T, key string) {
		function, operands, err := parseKey(key)
		if err != nil {
			if !errors.Is(err, errKey) || len(err.Error()) > 1000 || !utf8.ValidString(err.Error()) || function != "" || operands != nil {
				t.Errorf("%q: %v", key, err)
			}
			return
		}
		for _, operand := range operands {
			if !ast.IsConstant(operand.Value) {
				t.Errorf("%q: %s is no value", key, operand)
			}
		}
	})
}

// TestKeys reads what the library writes.
func TestKeys(t *testing.T) {
	for key, want := range map[string]string{
		`["query_all",["pods"]]`:                                        `["pods"]`,
		`["query_label_selector",["pods",{"a":"b"}]]`:                   `["pods", {"a": "b"}]`,
		`["query_label_selector","[\"pods\", {1: \"b\", \"c\": {2}}]"]`: `["pods", {1: "b", "c": {2}}]`,
		`["query_all",[]]`:                                              `[]`,
		`["query_all",[1.50,null,true,[]]]`:                             `[1.50, null, true, []]`,
		`["f","[input.x]"]`:                                             "", `["f","[x]"]`: "", `["f","[1 | true]"]`: "", `["f",["x"]]y`: "", `["f"]`: "", `[1,[]]`: "", `["f",{}]`: "",
	} {
		_, operands, err := parseKey(key)
		if want == "" {
			if !errors.Is(err, errKey) {
				t.Errorf("%s: %v %v", key, operands, err)
			}
			continue
		}
		if got := ast.NewArray(operands...).String(); err != nil || got != want {
			t.Errorf("%s: want %s, found %s %v", key, want, got, err)
		}
	}
}

// TestLibrary has each function of the local library ask by its own name.
func TestLibrary(t *testing.T) {
	module, err := ast.ParseModule(libraryFile, string(library().Text))
	if err != nil {
		t.Fatal(err)
	}
	asks := map[string]bool{}
	for _, rule := range module.Rules {
		name := rule.Head.Name.String()
		if name == "ask" {
			continue
		}
		arguments := []string{}
		for _, argument := range rule.Head.Args {
			arguments = append(arguments, argument.String())
		}
		want := `ask("` + name + `", [` + strings.Join(arguments, ", ") + `])`
		if got := rule.Head.Value.String(); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
		asks[name] = true
	}
	if len(asks) != 7 || len(module.Annotations) != 0 && len(module.Annotations) != 8 {
		t.Errorf("found %d functions and %d annotations", len(asks), len(module.Annotations))
	}
	if strings.Contains(string(library().Text), "kubectl_opa.query") {
		t.Error("a builtin is left")
	}
	v0 := ast.ParserOptions{RegoVersion: ast.RegoV0}
	if _, err := ast.ParseModuleWithOpts(libraryFile, string(library().Text), v0); err != nil {
		t.Error(err)
	}
}
