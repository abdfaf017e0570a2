package manifest

import (
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/json"
)

// FuzzPlainJSON wants what is read here to be what the library reads.
func FuzzPlainJSON(f *testing.F) {
	for _, seed := range []string{
		`{"a": [1, -0, 0.5, 1e3, -1E-2, 9223372036854775807, 9223372036854775808, true, false, null, {}, []], "b": "c\n\u00e9\ud800\"", "": {"a": 1}}`,
		`{"a": 01}`, `{"a": 1, "a": 2}`, `{"a": 1,}`, `[1 2]`, `{"a" 1}`, "{\"a\": \"\n\"}", `{"a": -}`, `{"a": 1e999}`, `{"a": tru}`, `{} {}`, `"\x"`, "\"\xff\"", ` `, `{"a": 1.}`, `--1`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		value, _, ok := plainJSON([]byte(text))
		var want any
		strict, err := json.UnmarshalStrict([]byte(text), &want)
		if !ok {
			if err == nil && len(strict) == 0 && utf8.ValidString(text) && len(text) < deepest {
				t.Errorf("%q is left to the library", text)
			}
			return
		}
		if err != nil || len(strict) > 0 {
			t.Fatalf("%q is read, but the library says %v %v", text, err, strict)
		}
		if diff := cmp.Diff(want, value); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	})
}
