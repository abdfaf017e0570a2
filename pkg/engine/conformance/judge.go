package conformance

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// autoreject begins the message of a constraint that Gatekeeper could not match with an object.
const autoreject = "unable to match constraints: "

// shownLength is how many bytes of a message the audit shows.
const shownLength = 256

// Autorejected tells by its message that a constraint was not evaluated.
func Autorejected(message string) bool { return strings.HasPrefix(message, autoreject) }

// Judge returns what an outcome has wrong; "" if it is as the case wants it at a point.
func (a Answer) Judge(o Outcome) string {
	return a.judge(o, a.Want)
}

// JudgeSeen judges what a running Gatekeeper shows: no details, at the webhook neither what is only noted nor what is
// unknown, and in the audit messages of 256 bytes at most.
func (a Answer) JudgeSeen(o Outcome, at Point) string {
	seen := []Violation{}
	for _, v := range a.Want {
		v.Details = nil
		if at == Audit && len(v.Message) > shownLength {
			v.Message = v.Message[:shownLength-len("...")] + "..."
		}
		if at == Webhook {
			v.Actions = slices.DeleteFunc(slices.Clone(v.Actions), func(action string) bool { return action != "deny" && action != "warn" })
			if len(v.Actions) == 0 {
				continue
			}
		}
		seen = append(seen, v)
	}
	return a.judge(o, seen)
}

func (a Answer) judge(o Outcome, want []Violation) string {
	problems := []string{}
	switch {
	case o.Error != "" && len(a.Error) == 0:
		problems = append(problems, "want no error, found "+o.Error)
	case o.Error == "" && len(a.Error) > 0:
		problems = append(problems, fmt.Sprintf("want an error with %q, found none", a.Error))
	default:
		for _, text := range a.Error {
			if !strings.Contains(o.Error, text) {
				problems = append(problems, fmt.Sprintf("want an error with %q, found %s", text, o.Error))
			}
		}
	}
	if diff := gocmp.Diff(sorted(want), sorted(o.Violations), cmpopts.EquateEmpty()); diff != "" {
		problems = append(problems, "want(-) found(+):\n"+diff)
	}
	return strings.Join(problems, "\n")
}

// JudgeBesides judges what gator said of objects that nobody asked it about.
func (c Case) JudgeBesides(found []string) string {
	slices.Sort(found)
	if diff := gocmp.Diff(c.Besides, found, cmpopts.EquateEmpty()); diff != "" {
		return "want(-) found(+) of other objects:\n" + diff
	}
	return ""
}

// plain is a value as JSON has it, so that it does not matter how an engine holds its numbers. What is no JSON stays.
func plain(value any) any {
	text, err := json.Marshal(value)
	if err != nil {
		return value
	}
	var same any
	if err := json.Unmarshal(text, &same); err != nil {
		return value
	}
	return same
}

// sorted puts violations in an order, and their actions.
func sorted(violations []Violation) []Violation {
	violations = slices.Clone(violations)
	for i := range violations {
		violations[i].Details = plain(violations[i].Details)
		violations[i].Actions = slices.Sorted(slices.Values(violations[i].Actions))
	}
	slices.SortFunc(violations, func(a, b Violation) int {
		return cmp.Or(
			cmp.Compare(a.Constraint, b.Constraint), cmp.Compare(a.Message, b.Message),
			slices.Compare(a.Actions, b.Actions), cmp.Compare(fmt.Sprint(a.Details), fmt.Sprint(b.Details)),
		)
	})
	return violations
}
