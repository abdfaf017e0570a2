package conformance

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/google/go-cmp/cmp"
)

// Outcome is what an engine made of a case.
type Outcome struct {
	// Value is the answer as JSON; empty if it is undefined.
	Value json.RawMessage
	// Error is what ended the evaluation; empty if nothing did.
	Error string
	// Warning is what was said on the way, beside the error.
	Warning string
}

// Judge returns what an outcome has wrong; "" if it is as the case wants it.
func (c Case) Judge(o Outcome) string {
	problems := []string{}
	problem := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	switch {
	case o.Error != "" && len(c.Error) == 0:
		problem("want no error, found %s", o.Error)
	case o.Error == "" && len(c.Error) > 0:
		problem("want an error with %q, found the value %s", c.Error, o.Value)
	case o.Error != "":
		if len(o.Value) > 0 {
			problem("want no value beside an error, found %s", o.Value)
		}
		for _, text := range c.Error {
			if !strings.Contains(o.Error, text) {
				problem("want an error with %q, found %s", text, o.Error)
			}
		}
	default:
		if difference := compare(c.Want, o.Value); difference != "" {
			problem("want(-) found(+):\n%s", difference)
		}
	}
	if difference := cmp.Diff(strings.TrimSpace(c.Warning), strings.TrimSpace(o.Warning)); difference != "" {
		problem("want(-) warned(+):\n%s", difference)
	}
	return strings.Join(problems, "\n")
}

// compare compares two JSON documents, each of which may be missing. Numbers
// are the same if they are written the same.
func compare(want, found json.RawMessage) string {
	switch {
	case len(want) == 0 && len(found) == 0:
		return ""
	case len(want) == 0:
		return "want no value, found " + string(found)
	case len(found) == 0:
		return "want " + string(want) + ", found no value"
	}
	a, err := decode(want)
	if err != nil {
		return err.Error()
	}
	b, err := decode(found)
	if err != nil {
		return err.Error()
	}
	return cmp.Diff(a, b)
}

func decode(text json.RawMessage) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, fmt.Errorf("reading a value: %w", err)
	}
	return value, nil
}
