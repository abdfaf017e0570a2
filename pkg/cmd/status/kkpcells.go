package status

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	reportv1alpha1 "github.com/kubectl-opa/kubectl-opa/pkg/api/report/v1alpha1"
	"github.com/kubectl-opa/kubectl-opa/pkg/fleet"
	"github.com/kubectl-opa/kubectl-opa/pkg/ui"
)

// kkpGatekeeper is the version, where it is known, and how KKP says the two
// components are: one word where both are the same.
func kkpGatekeeper(cluster reportv1alpha1.ClusterStatus) ui.Cell {
	cell := pair(health(cluster.OPA, cluster.Controller), health(cluster.OPA, cluster.Audit))
	if found := cluster.Gatekeeper; found != nil && found.Version != "" {
		cell.Text = strings.TrimSuffix(found.Version+" "+cell.Text, " -")
	}
	return cell
}

// pair is how both components are: one word where they are the same, else what
// is wrong.
func pair(controller, audit ui.Cell) ui.Cell {
	switch {
	case controller.Text == audit.Text:
		return controller
	case controller.Tone == ui.Good:
		return ui.Cell{Text: "audit " + audit.Text, Tone: audit.Tone}
	case audit.Tone == ui.Good:
		return ui.Cell{Text: "controller " + controller.Text, Tone: controller.Tone}
	}
	return ui.Cell{Text: "controller " + controller.Text + ", audit " + audit.Text, Tone: louder(controller.Tone, audit.Tone)}
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

// kkpTemplates counts the templates that select the cluster, and how many of
// them are on it as KKP wants them, where somebody looked.
func kkpTemplates(cluster reportv1alpha1.ClusterStatus) ui.Cell {
	found := cluster.Gatekeeper
	switch {
	case cluster.Templates == nil:
		return unknown
	case found == nil || found.Templates.Origin == nil || *cluster.Templates == 0:
		return ui.Text(strconv.Itoa(*cluster.Templates))
	}
	good, all := len(found.Templates.Origin.InSync), *cluster.Templates
	return ui.Cell{Text: fmt.Sprintf("%d/%d in sync", good, all), Tone: choose(good == all, ui.Good, ui.Warn)}
}

// kkpConstraints counts the Default Constraints and the cluster's own. Where
// somebody looked at the cluster itself, a default is in sync only if it is so
// there too.
func kkpConstraints(cluster reportv1alpha1.ClusterStatus) ui.Cell {
	c := cluster.Constraints
	if c == nil {
		return unknown
	}
	good, bad := len(c.InSync), len(c.Drifted)+len(c.Missing)+len(c.Shadowed)
	if found := cluster.Gatekeeper; found != nil && found.Constraints.Origin != nil {
		lost := names(append(slices.Clone(found.Constraints.Origin.Missing), found.Constraints.Origin.Drifted...))
		kept := slices.DeleteFunc(slices.Clone(c.InSync), func(name string) bool { return slices.Contains(lost, name) })
		good, bad = len(kept), bad+len(c.InSync)-len(kept)
	}
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

// names are those of constraints that are given as KIND/NAME.
func names(constraints []string) []string {
	bare := make([]string, len(constraints))
	for i, constraint := range constraints {
		_, bare[i], _ = strings.Cut(constraint, "/")
	}
	return bare
}

// violations is the sum, as far as there was an audit; a question mark where
// it should be known and is not.
func violations(cluster reportv1alpha1.ClusterStatus) ui.Cell {
	found := cluster.Gatekeeper
	switch {
	case found == nil && cluster.KKPStatus != nil && (!cluster.OPA || cluster.Deleting || cluster.Namespace == ""):
		return ui.Cell{Text: "-", Tone: ui.Faint}
	case found == nil || found.Constraints == nil:
		return unknown
	case found.TotalViolations == nil:
		return ui.Cell{Text: "-", Tone: ui.Faint}
	}
	return ui.Cell{Text: strconv.FormatInt(*found.TotalViolations, 10), Tone: choose(*found.TotalViolations == 0, ui.Good, ui.Warn)}
}
