package status

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/util/duration"

	reportv1alpha1 "github.com/kubectl-opa/kubectl-opa/pkg/api/report/v1alpha1"
	"github.com/kubectl-opa/kubectl-opa/pkg/platform"
	"github.com/kubectl-opa/kubectl-opa/pkg/ui"
)

// gatekeeperTable is the line of a cluster with plain Gatekeeper. In the usual
// case it fits 80 columns.
func gatekeeperTable(report reportv1alpha1.StatusReport, now time.Time) ui.Table {
	table := ui.Table{Columns: []string{"gatekeeper", "webhook", "templates", "constraints", "violations", "audit", "note"}}
	for _, cluster := range report.Clusters {
		found := cluster.Gatekeeper
		n := &noteCell{}
		n.addFailing(found)
		if found.Constraints != nil && len(found.Constraints.NotAudited) < found.Constraints.Total {
			n.add(len(found.Constraints.NotAudited) > 0, fmt.Sprintf("not audited yet: %d", len(found.Constraints.NotAudited)), ui.Faint)
		}
		table.Rows = append(table.Rows, []ui.Cell{
			gatekeeperCell(found), webhookCell(found.Webhook), templatesCell(found.Templates), actions(found.Constraints),
			violations(cluster), auditCell(found, now), {Text: strings.Join(n.parts, "; "), Tone: n.tone},
		})
	}
	return table
}

// gatekeeperCell is the version, and how the two components are.
func gatekeeperCell(found *reportv1alpha1.GatekeeperStatus) ui.Cell {
	cell := pair(componentCell(found.Controller), componentCell(found.Audit))
	if found.Version == "" {
		if cell.Text != unknown.Text {
			cell.Text = unknown.Text + " " + cell.Text
		}
		return cell
	}
	if !found.VersionExact && cell.Text == "absent" {
		// What the version was told by is all that there is.
		cell.Text = ""
	}
	cell.Text = strings.TrimSpace(found.Version + " " + cell.Text)
	return cell
}

func componentCell(component reportv1alpha1.ComponentStatus) ui.Cell {
	switch platform.Health(component.State) {
	case platform.Up:
		return ui.Cell{Text: "up", Tone: ui.Good}
	case platform.Partial:
		return ui.Cell{Text: fmt.Sprintf("%d/%d up", component.Ready, component.Replicas), Tone: ui.Warn}
	case platform.Unknown:
		return unknown
	}
	return ui.Cell{Text: component.State, Tone: ui.Bad}
}

// webhookCell is what happens to a request that Gatekeeper does not answer.
func webhookCell(webhook reportv1alpha1.WebhookStatus) ui.Cell {
	switch platform.Health(webhook.State) {
	case platform.Up:
		return ui.Text(webhook.FailurePolicy)
	case platform.Absent:
		return ui.Cell{Text: "none", Tone: ui.Bad}
	}
	return unknown
}

func templatesCell(found *reportv1alpha1.InstalledTemplates) ui.Cell {
	if found == nil {
		return unknown
	}
	return ui.Cell{Text: fmt.Sprint(found.Total), Tone: choose(len(found.Failing) == 0, ui.Plain, ui.Bad)}
}

// actions is how many constraints have each action, what denies first.
func actions(found *reportv1alpha1.InstalledConstraints) ui.Cell {
	if found == nil {
		return unknown
	}
	order := []string{"deny", "warn", "dryrun", "scoped"}
	for _, action := range slices.Sorted(maps.Keys(found.ByAction)) {
		if !slices.Contains(order, action) {
			order = append(order, action)
		}
	}
	parts := []string{}
	for _, action := range order {
		if many := found.ByAction[action]; many > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", many, action))
		}
	}
	if len(parts) == 0 {
		return ui.Text("0")
	}
	return ui.Cell{Text: strings.Join(parts, ", "), Tone: choose(len(found.Failing) == 0, ui.Plain, ui.Bad)}
}

// auditCell is how long ago the constraint that waits the longest was audited.
func auditCell(found *reportv1alpha1.GatekeeperStatus, now time.Time) ui.Cell {
	at, err := time.Parse(time.RFC3339, found.LastAudit)
	switch {
	case found.Constraints == nil:
		return unknown
	case err != nil:
		return ui.Cell{Text: "-", Tone: ui.Faint}
	}
	return ui.Text(duration.HumanDuration(now.Sub(at)) + " ago")
}
