package projection

import (
	"encoding/json"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/util"
)

var documents = []string{
	`{}`, ` { "a" : [ ] , "b" : { } } `, `{"a":[1,2.50,-3e7,true,false,null,"x"],"b":{"c":"d"}}`,
	`{"a":"\"\\\u00e9\ud83d\ude00\n","\u0061b":"é"}`, `{"a":"\\","b":"\\\\\"","c":1}`, `{"a":1,"a":{"b":2}}`,
	`{"a":[[],[[]],{"b":[{}]}]}`, "{\"a\":\"\xff\"}", `{"a":12345678901234567890}`,
	`{"metadata":{"managedFields":[{"a":"}"}],"name":"x"},"managedFields":1}`,
	`{`, `{"a"}`, `{"a":}`, `{"a":1,}`, `{,"a":1}`, `{"a":[1,]}`, `{"a":[}`, `{"a":]}`, `{"a":[1}]`, `{"a":tru}`, `{"a":01}`, `{"a":"x}`,
	`{"a":1}x`, `{"a" 1}`, `{"a":1 "b":2}`, `{a:1}`, `{"a":"\x"}`, "{\"a\":\"\n\"}", `[]`, `1`, `"x"`, ``, ` `, `{"a":--1}`, `{"a":nulll}`,
	`{"` + strings.Repeat("k", 3*windowSize/2) + `":"` + strings.Repeat(`\"`, windowSize) + `"}`,
	`{"a":` + strings.Repeat("[", 200) + strings.Repeat("]", 200) + `,"b":1}`,
	`{"a":` + strings.Repeat("[", deepest+1) + strings.Repeat("]", deepest+1) + `}`,
}

// FuzzDecode shows that what is decoded as a whole is what encoding/json
// decodes, however the text arrives, and that what it refuses is refused.
func FuzzDecode(f *testing.F) {
	for _, document := range documents {
		f.Add(document)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var parsed map[string]any
		wantErr := util.UnmarshalJSON([]byte(text), &parsed)
		for name, in := range map[string]io.Reader{
			"at once": strings.NewReader(text), "by bytes": iotest.OneByteReader(strings.NewReader(text)),
		} {
			if name == "by bytes" && len(text) > 1000 {
				continue
			}
			got, err := NewDecoder(true).Object(in, Whole())
			if wantErr != nil || parsed == nil {
				if err == nil {
					t.Errorf("%s: %.200q: want an error as %v, found %v", name, text, wantErr, got)
				}
				continue
			}
			if err != nil {
				t.Fatalf("%s: %.200q: %v", name, text, err)
			}
			want := ast.MustInterfaceToValue(parsed)
			if got.Value.Compare(want) != 0 {
				t.Errorf("%s: %.200q: want %v, found %v", name, text, want, got)
			}
		}
	})
}

// TestDecodeParts shows what each Shape has of a value.
func TestDecodeParts(t *testing.T) {
	const text = ` {"a": {"x": [1, {"y": "]"}, [2]], "z": 3}, "b": "\"}", "c": [], "\u0064": true, "metadata": {"managedFields": {"a": 1}, "n": 1}} `
	type shape = Shape
	fields := func(name string, of *shape) *shape { return &shape{Fields: map[string]*shape{name: of}} }
	for want, s := range map[string]*shape{
		`{}`:                                  {},
		`{"a":{}}`:                            fields("a", &shape{}),
		`{"a":{"x":[]}}`:                      fields("a", fields("x", &shape{})),
		`{"a":{"x":[1,{},[]]}}`:               fields("a", fields("x", &shape{Each: &shape{}})),
		`{"a":{"x":[1,{"y":"]"},[]]}}`:        fields("a", fields("x", &shape{Each: fields("y", &shape{})})),
		`{"a":{"x":[1,{"y":"]"},[2]],"z":3}}`: fields("a", Whole()),
		`{"a":{"x":[],"z":3}}`:                fields("a", &shape{Each: &shape{}}),
		`{"b":"\"}"}`:                         fields("b", &shape{}),
		`{"c":[]}`:                            fields("c", Whole()),
		`{"d":true}`:                          fields("d", fields("x", &shape{})),
		`{"metadata":{"n":1}}`:                fields("metadata", Whole()),
		`{"a":{"z":3},"metadata":{}}`:         Union(fields("a", fields("z", &shape{})), fields("metadata", fields("managedFields", Whole()))),
		`{"a":{},"b":"\"}","c":[],"d":true,"metadata":{}}`: {Each: &shape{}},
	} {
		got, err := NewDecoder(false).Object(strings.NewReader(text), s)
		if err != nil {
			t.Errorf("%s: %v", want, err)
			continue
		}
		var document any
		if err := json.Unmarshal([]byte(want), &document); err != nil {
			t.Fatal(err)
		}
		if got.Value.Compare(ast.MustInterfaceToValue(document)) != 0 {
			t.Errorf("want %s, found %s", want, got)
		}
	}
}

// TestEqualValuesAreOne shows that what repeats is one value in memory.
func TestEqualValuesAreOne(t *testing.T) {
	text := `{"items":[{"a":{"b":1}},{"a":{"b":1}},{"a":{"b":1}},{"a":{"b":2}}]}`
	p, err := NewDecoder(true).Page(strings.NewReader(text), Whole(), func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	if p.Items[1] != p.Items[2] || p.Items[2].Equal(p.Items[3]) || !p.Items[0].Equal(p.Items[1]) {
		t.Error(p.Items)
	}
}
