package conformance

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestJudge(t *testing.T) {
	value := Case{Want: json.RawMessage(`{"a": [1, 9007199254740993]}`)}
	warned := Case{Want: json.RawMessage("null"), Warning: "warning: x\n"}
	undefined := Case{Undefined: true}
	failed := Case{Error: []string{"one", "two"}}
	for name, tc := range map[string]struct {
		c    Case
		o    Outcome
		want string
	}{
		"same value":           {value, Outcome{Value: json.RawMessage("{\"a\":[1,9007199254740993]}\n")}, ""},
		"other number":         {value, Outcome{Value: json.RawMessage(`{"a":[1,9007199254740992]}`)}, "want(-) found(+)"},
		"no value":             {value, Outcome{}, "found no value"},
		"error, not a value":   {value, Outcome{Error: "x"}, "want no error, found x"},
		"no JSON":              {value, Outcome{Value: json.RawMessage(`{`)}, "reading a value"},
		"undefined":            {undefined, Outcome{}, ""},
		"null is not that":     {undefined, Outcome{Value: json.RawMessage("null")}, "want no value, found null"},
		"same error":           {failed, Outcome{Error: "one and two"}, ""},
		"half of it":           {failed, Outcome{Error: "one"}, `want an error with "two", found one`},
		"value, not an error":  {failed, Outcome{Value: json.RawMessage("1")}, `found the value 1`},
		"error and a value":    {failed, Outcome{Error: "one and two", Value: json.RawMessage("1")}, "want no value beside an error, found 1"},
		"same warning":         {warned, Outcome{Value: json.RawMessage("null"), Warning: "warning: x"}, ""},
		"silence":              {warned, Outcome{Value: json.RawMessage("null")}, "warned(+)"},
		"unexpected warning":   {undefined, Outcome{Warning: "warning: x"}, "warned(+)"},
		"warning before error": {failed, Outcome{Error: "one and two", Warning: "warning: x"}, "warned(+)"},
	} {
		t.Run(name, func(t *testing.T) {
			got := tc.c.Judge(tc.o)
			if tc.want == "" && got != "" || !strings.Contains(got, tc.want) {
				t.Errorf("want %q, found %q", tc.want, got)
			}
		})
	}
}
