package registry

import (
	"fmt"
	"slices"

	reportv1alpha1 "github.com/kubectl-opa/kubectl-opa/pkg/api/report/v1alpha1"
	"github.com/kubectl-opa/kubectl-opa/pkg/imagepolicy"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
	"github.com/kubectl-opa/kubectl-opa/pkg/ui"
)

// print prints the report. Hints are sentences, too long for a row: for people
// they follow the table, each once.
func (o *checkOptions) print(report reportv1alpha1.RegistryCheckReport) error {
	if err := o.output.Print(o.env, report, checkTable(report)); err != nil || o.output.Format != "table" {
		return err
	}
	told := []string{""}
	for _, image := range report.Images {
		if !slices.Contains(told, image.Hint) {
			told = append(told, image.Hint)
			o.env.Warn(image.Hint)
		}
	}
	return nil
}

// checkTable leaves out columns that have nothing to say in any row.
func checkTable(report reportv1alpha1.RegistryCheckReport) ui.Table {
	table := ui.Table{Columns: []string{"image", "verdict", "prefix"}}
	named := slices.ContainsFunc(report.Registries, func(r reportv1alpha1.AllowedPrefix) bool { return r.Name != "" })
	disputed := slices.ContainsFunc(report.Images, func(i reportv1alpha1.CheckedImage) bool { return i.OtherFlavor != nil })
	placed := slices.ContainsFunc(report.Images, func(i reportv1alpha1.CheckedImage) bool { return i.Position != nil })
	if named {
		table.Columns = append(table.Columns, "registry")
	}
	if disputed {
		table.Columns = append(table.Columns, "other flavor")
	}
	if placed {
		table.Columns = append(table.Columns, "where", "container")
	}
	for _, image := range report.Images {
		row := []ui.Cell{ui.Text(image.Image), verdictCell(image), ui.Text(prefixText(image))}
		if named {
			row = append(row, ui.Text(image.Registry))
		}
		if disputed {
			row = append(row, otherCell(image))
		}
		if placed {
			row = append(row, where(image)...)
		}
		table.Rows = append(table.Rows, row)
	}
	return table
}

func verdictCell(image reportv1alpha1.CheckedImage) ui.Cell {
	switch {
	case image.Image == "":
		return ui.Cell{Text: "no image", Tone: ui.Warn}
	case !image.Enforced && image.Allowed:
		return ui.Cell{Text: "not looked at (would be allowed)", Tone: ui.Faint}
	case !image.Enforced:
		return ui.Cell{Text: "not looked at (would be denied)", Tone: ui.Warn}
	case image.Allowed:
		return ui.Cell{Text: "allowed", Tone: ui.Good}
	default:
		return ui.Cell{Text: "denied", Tone: ui.Bad}
	}
}

// otherCell says what the other flavor decides, where that is not the same.
func otherCell(image reportv1alpha1.CheckedImage) ui.Cell {
	switch {
	case image.OtherFlavor == nil:
		return ui.Cell{}
	case image.OtherFlavor.Denied():
		return ui.Cell{Text: image.OtherFlavor.Flavor + ": denied", Tone: ui.Warn}
	case !image.OtherFlavor.Enforced:
		return ui.Cell{Text: image.OtherFlavor.Flavor + ": not looked at", Tone: ui.Warn}
	default:
		return ui.Cell{Text: image.OtherFlavor.Flavor + ": allowed", Tone: ui.Warn}
	}
}

func prefixText(image reportv1alpha1.CheckedImage) string {
	switch {
	case image.Nearest != "":
		return image.Nearest + " (nearest)"
	case image.Prefix == "" && image.Allowed && image.Image != "":
		return `""`
	default:
		return image.Prefix
	}
}

// where are the place of an image, and its container.
func where(image reportv1alpha1.CheckedImage) []ui.Cell {
	if image.Position == nil {
		return []ui.Cell{{}, {}}
	}
	at := manifest.Position{File: image.Position.File, Line: image.Position.Line}
	container := fmt.Sprintf("%s/%s: %s", image.Object.Kind, image.Object.Name, image.Container)
	switch image.ContainerKind {
	case imagepolicy.InitContainers:
		container += " (init)"
	case imagepolicy.EphemeralContainers:
		container += " (ephemeral)"
	}
	return []ui.Cell{ui.Text(at.String()), ui.Text(container)}
}
