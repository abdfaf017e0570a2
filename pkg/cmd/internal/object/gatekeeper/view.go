package gatekeeper

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/pkg/cmd/internal/object"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
	"github.com/kubectl-opa/kubectl-opa/pkg/ui"
)

func templateRow(item *unstructured.Unstructured, now time.Time) []ui.Cell {
	return []ui.Cell{
		ui.Text(item.GetName()),
		ui.Text(kindOf(item)),
		ui.Text(strings.Join(slices.Compact(policy.PlainEngines(item)), ",")),
		state(item),
		object.Age(item, now),
	}
}

// state says what Gatekeeper says of an object.
func state(item *unstructured.Unstructured) ui.Cell {
	switch observed := policy.Observe(item); {
	case len(observed.Errors) > 0:
		return ui.Cell{Text: "refused: " + observed.Errors[0], Tone: ui.Bad}
	case observed.Settled():
		return ui.Cell{Text: "ok", Tone: ui.Good}
	}
	return ui.Cell{Text: "not seen by Gatekeeper yet", Tone: ui.Warn}
}

// details are what people tell a constraint by.
func details(constraint *unstructured.Unstructured) string {
	enforcement, disabled, err := policy.EnforcementOf(constraint)
	text := enforcement.String()
	if err != nil {
		text = "unreadable"
	}
	if disabled {
		text = "disabled"
	}
	if total := policy.Observe(constraint).Violations; total != nil && *total > 0 {
		text += ", " + violations(*total)
	}
	return " (" + text + ")"
}

func constraintRow(item *unstructured.Unstructured, now time.Time) []ui.Cell {
	var action ui.Cell
	enforcement, disabled, err := policy.EnforcementOf(item)
	switch {
	case err != nil:
		action = object.Unreadable(err)
	case disabled:
		action = ui.Cell{Text: "disabled", Tone: ui.Faint}
	default:
		action = ui.Text(enforcement.String())
	}
	count, audited := ui.Cell{Text: "?", Tone: ui.Faint}, ui.Cell{Text: "never", Tone: ui.Faint}
	observed := policy.Observe(item)
	if total := observed.Violations; total != nil {
		count = ui.Cell{Text: strconv.FormatInt(*total, 10), Tone: ui.Good}
		if *total > 0 {
			count.Tone = ui.Warn
		}
	}
	if !observed.Audited.IsZero() {
		audited = object.Since(observed.Audited, now)
	}
	return []ui.Cell{ui.Text(item.GetName()), ui.Text(item.GetKind()), action, count, audited, state(item), object.Age(item, now)}
}
