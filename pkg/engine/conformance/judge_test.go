package conformance

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestJudge(t *testing.T) {
	one := Violation{Constraint: "a", Message: "m", Actions: []string{"deny", "warn"}, Details: map[string]any{"n": 1.0}}
	same := Violation{Constraint: "a", Message: "m", Actions: []string{"warn", "deny"}, Details: map[string]any{"n": json.Number("1")}}
	two := Violation{Constraint: "b", Message: "m", Actions: []string{"deny"}}
	rejected := two
	rejected.Autoreject = true
	for name, tc := range map[string]struct {
		a    Answer
		o    Outcome
		want string
	}{
		"same":            {Answer{Want: []Violation{one, two}}, Outcome{Violations: []Violation{two, same}}, ""},
		"nothing":         {Answer{}, Outcome{}, ""},
		"one too many":    {Answer{Want: []Violation{one}}, Outcome{Violations: []Violation{one, two}}, "want(-) found(+)"},
		"one twice":       {Answer{Want: []Violation{two}}, Outcome{Violations: []Violation{two, two}}, "want(-) found(+)"},
		"one too few":     {Answer{Want: []Violation{one}}, Outcome{}, "want(-) found(+)"},
		"no autoreject":   {Answer{Want: []Violation{rejected}}, Outcome{Violations: []Violation{two}}, "Autoreject"},
		"an error":        {Answer{}, Outcome{Error: "x"}, "want no error, found x"},
		"same error":      {Answer{Error: []string{"x"}}, Outcome{Error: "axe"}, ""},
		"no error":        {Answer{Error: []string{"x"}}, Outcome{}, `want an error with ["x"], found none`},
		"another error":   {Answer{Error: []string{"x"}}, Outcome{Error: "y"}, `want an error with "x", found y`},
		"error and value": {Answer{Error: []string{"x"}}, Outcome{Error: "x", Violations: []Violation{two}}, "want(-) found(+)"},
	} {
		t.Run(name, func(t *testing.T) {
			got := tc.a.Judge(tc.o)
			if tc.want == "" && got != "" || !strings.Contains(got, tc.want) {
				t.Errorf("want %q, found %q", tc.want, got)
			}
		})
	}
}

func TestJudgeSeen(t *testing.T) {
	violation := func(message string, actions ...string) Violation {
		return Violation{Constraint: "a", Message: message, Actions: actions}
	}
	detailed := violation("m", "deny", "dryrun")
	detailed.Details = "d"
	long := strings.Repeat("x", 257)
	for name, tc := range map[string]struct {
		at    Point
		want  Violation
		found []Violation
		ok    bool
	}{
		"the webhook shows denials only":      {Webhook, detailed, []Violation{violation("m", "deny")}, true},
		"the audit shows all actions":         {Audit, detailed, []Violation{violation("m", "deny", "dryrun")}, true},
		"the audit forgets none":              {Audit, detailed, []Violation{violation("m", "deny")}, false},
		"the webhook does not show a dry run": {Webhook, violation("m", "dryrun"), nil, true},
		"nor what is unknown":                 {Webhook, violation("m", "denny"), nil, true},
		"the webhook shows all":               {Webhook, violation(long, "warn"), []Violation{violation(long, "warn")}, true},
		"the audit cuts":                      {Audit, violation(long, "warn"), []Violation{violation(long[:253]+"...", "warn")}, true},
		"a denial is missed":                  {Webhook, detailed, nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := (Answer{Want: []Violation{tc.want}}).JudgeSeen(Outcome{Violations: tc.found}, tc.at); (got == "") != tc.ok {
				t.Errorf("found %q", got)
			}
		})
	}
}

func TestJudgeBesides(t *testing.T) {
	c := Case{Besides: []string{"a", "b"}}
	if got := c.JudgeBesides([]string{"b", "a"}); got != "" {
		t.Error(got)
	}
	if got := c.JudgeBesides([]string{"a"}); !strings.Contains(got, "other objects") {
		t.Errorf("found %q", got)
	}
}

func TestAutorejected(t *testing.T) {
	if !Autorejected("unable to match constraints: x") || Autorejected("x: unable to match constraints: ") {
		t.Error("an autoreject is told by the beginning of its message")
	}
}
