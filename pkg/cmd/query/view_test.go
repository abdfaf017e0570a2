package query

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery"
)

// evaluated is the result of an expression that asks nothing.
func evaluated(t *testing.T, expr string) kubequery.Result {
	t.Helper()
	result, err := kubequery.Evaluate(t.Context(), nil, kubequery.Options{Expr: expr})
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// TestFormats holds what "opa eval" prints, but for < and > in JSON, which it
// writes as escapes, and for the place of a grid's header.
func TestFormats(t *testing.T) {
	const (
		value     = `{"b": "<x>", "a": [1.50, null]}`
		variables = `x := ["one", 2][_]; true; count("four")`
		undefined = `data.nothing`
		one       = `x := "wide enough"`
	)
	for name, tc := range map[string]struct{ format, expr, want string }{
		"raw value":          {formatRaw, value, `{"a":[1.50,null],"b":"<x>"}` + "\n"},
		"raw string":         {formatRaw, `"a b"`, "a b\n"},
		"raw rows":           {formatRaw, variables, "true true 4\ntrue true 4\n"},
		"raw undefined":      {formatRaw, undefined, ""},
		"values":             {formatValues, `1; "a"`, "[\n  1,\n  \"a\"\n]\n"},
		"values undefined":   {formatValues, undefined, ""},
		"bindings":           {formatBindings, one, "{\n  \"x\": \"wide enough\"\n}\n"},
		"bindings of none":   {formatBindings, `1`, "{}\n"},
		"bindings undefined": {formatBindings, undefined, ""},
		"pretty value":       {formatPretty, `["a"]`, "[\n  \"a\"\n]\n"},
		"pretty conditions":  {formatPretty, `true; 1 < 2`, "true\n"},
		"pretty undefined":   {formatPretty, undefined, "undefined\n"},
		"pretty rows":        {formatPretty, variables, "┌───────────────┬───────┐\n│ count(\"four\") │ x     │\n├───────────────┼───────┤\n│ 4             │ \"one\" │\n│ 4             │ 2     │\n└───────────────┴───────┘\n"},
		"json undefined":     {formatJSON, undefined, "{}\n"},
		"json false is defined": {formatJSON, `x := 1 > 2; true`, `{
  "result": [
    {
      "expressions": [
        {
          "value": true,
          "text": "x := 1 > 2",
          "location": {
            "row": 1,
            "col": 1
          }
        },
        {
          "value": true,
          "text": "true",
          "location": {
            "row": 1,
            "col": 13
          }
        }
      ],
      "bindings": {
        "x": false
      }
    }
  ]
}
`},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			if err := (view{format: tc.format}).write(&out, nil, evaluated(t, tc.expr)); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, out.String()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestJSONKeepsNumbers shows that no number goes through a float.
func TestJSONKeepsNumbers(t *testing.T) {
	var out bytes.Buffer
	if err := (view{format: formatJSON}).write(&out, nil, evaluated(t, `12345678901234567890`)); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Result []struct{ Expressions []struct{ Value json.Number } }
	}
	if err := json.Unmarshal(out.Bytes(), &got); err != nil || got.Result[0].Expressions[0].Value != "12345678901234567890" {
		t.Error(out.String(), err)
	}
}
