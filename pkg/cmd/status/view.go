package status

import (
	"fmt"
	"strconv"
	"strings"

	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	reportv1alpha1 "github.com/kubectl-opa/kubectl-opa/pkg/api/report/v1alpha1"
	"github.com/kubectl-opa/kubectl-opa/pkg/fleet"
	"github.com/kubectl-opa/kubectl-opa/pkg/ui"
)

// unknown is the cell of what could not be read.
var unknown = ui.Cell{Text: "?", Tone: ui.Warn}

func table(report reportv1alpha1.StatusReport) ui.Table {
	table := ui.Table{Columns: []string{
		"cluster", "name", "provider", "opa", "controller", "audit", "templates", "constraints", "note",
	}}
	for _, cluster := range report.Clusters {
		opa := ui.Cell{Text: "off", Tone: ui.Faint}
		if cluster.OPA {
			opa = ui.Cell{Text: "on", Tone: ui.Good}
		}
		templates := unknown
		if cluster.Templates != nil {
			templates = ui.Text(strconv.Itoa(*cluster.Templates))
		}
		table.Rows = append(table.Rows, []ui.Cell{
			ui.Text(cluster.ID), ui.Text(cluster.Name), ui.Text(cluster.Provider), opa,
			health(cluster.OPA, cluster.Controller), health(cluster.OPA, cluster.Audit),
			templates, constraints(cluster.Constraints), note(cluster),
		})
	}
	return table
}

// health is good where a component is as the flag wants it.
func health(opa bool, status string) ui.Cell {
	cell := ui.Text(fleet.Health(kubermaticv1.HealthStatus(status)))
	switch kubermaticv1.HealthStatus(status) {
	case "":
		return ui.Cell{Text: "-", Tone: choose(opa, ui.Warn, ui.Faint)}
	case kubermaticv1.HealthStatusUp:
		cell.Tone = choose(opa, ui.Good, ui.Warn)
	case kubermaticv1.HealthStatusDown:
		cell.Tone = choose(opa, ui.Bad, ui.Faint)
	default:
		cell.Tone = ui.Warn
	}
	return cell
}

func choose(first bool, one, other ui.Tone) ui.Tone {
	if first {
		return one
	}
	return other
}

// constraints counts the Default Constraints and the cluster's own.
func constraints(c *reportv1alpha1.ConstraintStatus) ui.Cell {
	if c == nil {
		return unknown
	}
	good, bad := len(c.InSync), len(c.Drifted)+len(c.Missing)+len(c.Shadowed)
	all := good + bad + len(c.Waiting)
	cell := ui.Cell{Tone: choose(good == all, ui.Good, choose(bad == 0, ui.Faint, ui.Warn))}
	parts := []string{}
	if all > 0 {
		parts = append(parts, fmt.Sprintf("%d/%d in sync", good, all))
	}
	if len(c.Own) > 0 {
		parts = append(parts, fmt.Sprintf("%d own", len(c.Own)))
	}
	if cell.Text = strings.Join(parts, ", "); cell.Text == "" {
		return ui.Cell{Text: "-", Tone: ui.Faint}
	}
	return cell
}

// switches says for people what KKP itself has decided, "" where that is
// unknown.
func switches(report reportv1alpha1.StatusReport) string {
	parts := []string{}
	switch fleet.Edition(report.Edition) {
	case fleet.Community:
		parts = append(parts, "KKP Community Edition: selectors and disabled do not count")
	case fleet.Enterprise:
		parts = append(parts, "KKP Enterprise Edition")
	}
	if s := report.Settings; s != nil {
		state, other := "off", "on"
		if s.OPAEnabled {
			state, other = other, state
		}
		owners := "their owners may switch it " + other
		if s.OPAEnforced {
			owners = "their owners cannot change that"
		}
		parts = append(parts, fmt.Sprintf("new clusters start with OPA %s, %s", state, owners))
	}
	return strings.Join(parts, "; ")
}
