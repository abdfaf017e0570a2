package export

import (
	"context"
	"path/filepath"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	reportv1alpha1 "github.com/kubectl-opa/kubectl-opa/pkg/api/report/v1alpha1"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
	"github.com/kubectl-opa/kubectl-opa/pkg/ui"
)

// write writes the files, each as a whole or not at all, and returns those
// that are written. It stops at the first error and when ctx ends.
func write(ctx context.Context, dir string, files []file) ([]reportv1alpha1.ExportedFile, error) {
	done := []reportv1alpha1.ExportedFile{}
	for _, file := range files {
		err := ctx.Err()
		if err == nil {
			err = manifest.WriteFile(filepath.Join(dir, filepath.FromSlash(file.path)), file.object)
		}
		if err != nil {
			return done, advice.Wrap(err, "%d of %d files are written: remove %s and export again", len(done), len(files), dir)
		}
		done = append(done, reportv1alpha1.ExportedFile{
			Path: file.path, Kind: file.object.GetKind(), Name: file.object.GetName(), Disabled: file.disabled, Note: file.note,
		})
	}
	return done, nil
}

// table is the report for people.
func table(report reportv1alpha1.ExportReport) ui.Table {
	made := ui.Table{Columns: []string{"file", "kind", "name", "note"}}
	for _, file := range report.Files {
		note, tone := file.Note, ui.Faint
		if file.Disabled {
			note = "disabled"
			if file.Note != "" {
				note += ", " + file.Note
			}
		}
		made.Rows = append(made.Rows, []ui.Cell{ui.Text(file.Path), ui.Text(file.Kind), ui.Text(file.Name), {Text: note, Tone: tone}})
	}
	return made
}
