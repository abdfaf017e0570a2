package test

import (
	"fmt"
	"io"
	"strings"

	reportv1alpha1 "github.com/kubectl-opa/kubectl-opa/pkg/api/report/v1alpha1"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
	"github.com/kubectl-opa/kubectl-opa/pkg/review"
	"github.com/kubectl-opa/kubectl-opa/pkg/ui"
)

// tableSink writes an entry for each object, for people.
type tableSink struct {
	out   io.Writer
	theme *ui.Theme
}

func (s *tableSink) found(r review.Reviewed) error {
	all := findings(r)
	at := manifest.Position{File: r.File, Line: r.Line}
	entry := ui.Entry{Heading: []ui.Cell{{Text: at.String(), Tone: ui.Faint}, {Text: named(all[0].Object), Tone: ui.Strong}}}
	for _, finding := range all {
		line := ui.Line{Label: label(finding), About: finding.Constraint.Kind + "/" + finding.Constraint.Name, Text: finding.Message}
		if finding.Autoreject {
			line.Text = "not evaluated: " + line.Text
		}
		entry.Lines = append(entry.Lines, line)
	}
	return entry.Write(s.out, s.theme)
}

// named is an object as people call it.
func named(object reportv1alpha1.TestObject) string {
	name := object.Name
	if object.Namespace != "" {
		name = object.Namespace + "/" + name
	}
	return object.Kind + " " + name
}

// label is what is done, the strictest first.
func label(finding reportv1alpha1.TestFinding) ui.Cell {
	tones := map[string]ui.Tone{deny: ui.Bad, warn: ui.Warn}
	for _, action := range []string{deny, warn, dryRun} {
		for _, each := range finding.Actions {
			if each == action {
				return ui.Cell{Text: strings.Join(finding.Actions, ","), Tone: tones[action]}
			}
		}
	}
	return ui.Cell{Text: strings.Join(finding.Actions, ","), Tone: ui.Warn}
}

func (s *tableSink) end(report reportv1alpha1.TestReport) error {
	_, err := fmt.Fprintln(s.out, summary(report.Summary))
	return err
}

// summary is a run in one line.
func summary(s reportv1alpha1.TestSummary) string {
	parts := []string{}
	for _, each := range []struct {
		count int
		what  string
	}{
		{s.Deny, "to deny"}, {s.Warn, "to warn of"}, {s.DryRun, "in a dry run"}, {s.Other, "with another action"},
	} {
		if each.count > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", each.count, each.what))
		}
	}
	found := "nothing found"
	if len(parts) > 0 {
		found = strings.Join(parts, ", ")
	}
	if s.Autorejects > 0 {
		found += fmt.Sprintf(" (%d of them not evaluated)", s.Autorejects)
	}
	reviewed := fmt.Sprintf("%s, %s", count(s.Objects, "object"), count(s.Constraints, "constraint"))
	if s.Excluded > 0 {
		reviewed += fmt.Sprintf(", %d excluded", s.Excluded)
	}
	return reviewed + ": " + found
}

// notes tells people, beside the report, what they may not expect.
func (f *flags) notes(env *cli.Env, report reportv1alpha1.TestReport, t *tally) {
	if f.output.Format != "table" {
		return
	}
	if t.unknown > 0 {
		env.Warn("some constraints select by labels of Namespaces that are not among the objects: give those, too")
	}
	for _, document := range t.summary.Disabled {
		env.Warn(fmt.Sprintf("%s: %s is disabled: KKP writes it to no cluster", document.Position, document.Name()))
	}
	if t.summary.Unsynced {
		env.Warn("policies read data.inventory, and no Config or SyncSet says what is synced: all objects are taken for synced")
	}
	points := map[string][]string{}
	for _, difference := range report.Differences {
		points[difference.Why] = difference.Points
	}
	for _, excluded := range report.Excluded {
		env.Say(fmt.Sprintf("note: %s not looked at%s: %s", count(excluded.Objects, "object"), elsewhere(points[excluded.Why]), excluded.Why))
		delete(points, excluded.Why)
	}
	for _, difference := range report.Differences {
		if _, told := points[difference.Why]; !told {
			continue
		}
		text := difference.Why
		if difference.Policy != nil {
			text = difference.Policy.Kind + "/" + difference.Policy.Name + ": " + text
		}
		if difference.Objects > 0 {
			text += fmt.Sprintf(" (%s)", count(difference.Objects, "object"))
		}
		env.Say("note" + elsewhere(difference.Points) + ": " + text)
	}
}

// elsewhere names the points that see something otherwise.
func elsewhere(points []string) string {
	if len(points) == 0 {
		return ""
	}
	return " (otherwise: " + strings.Join(points, ", ") + ")"
}
