package status

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	reportv1alpha1 "github.com/kubectl-opa/kubectl-opa/pkg/api/report/v1alpha1"
	"github.com/kubectl-opa/kubectl-opa/pkg/fleet"
	"github.com/kubectl-opa/kubectl-opa/pkg/ui"
)

// unknown is the cell of what could not be read.
var unknown = ui.Cell{Text: "?", Tone: ui.Warn}

func kkpTable(report reportv1alpha1.StatusReport) ui.Table {
	columns := []string{"cluster", "name", "opa", "gatekeeper", "templates", "constraints", "violations", "note"}
	seeds := slices.ContainsFunc(report.Clusters, func(c reportv1alpha1.ClusterStatus) bool { return c.Seed != report.Clusters[0].Seed })
	if seeds {
		columns = slices.Insert(columns, 2, "seed")
	}
	table := ui.Table{Columns: columns}
	for _, cluster := range report.Clusters {
		opa := ui.Cell{Text: "off", Tone: ui.Faint}
		if cluster.OPA {
			opa = ui.Cell{Text: "on", Tone: ui.Good}
		}
		row := []ui.Cell{
			ui.Text(cluster.ID), ui.Text(cluster.Name), opa, kkpGatekeeper(cluster),
			kkpTemplates(cluster), kkpConstraints(cluster), violations(cluster), note(cluster),
		}
		if seeds {
			row = slices.Insert(row, 2, ui.Text(cmp.Or(cluster.Seed, "-")))
		}
		table.Rows = append(table.Rows, row)
	}
	return table
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
