package cli

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
	"github.com/kubectl-opa/kubectl-opa/pkg/ui"
)

// ReportOutput is the -o of commands that print a report: one format on
// stdout, and any number of them in files.
type ReportOutput struct {
	// Format is that of stdout.
	Format string
	// Formats are those on offer, the default first; nil is table, json and yaml.
	// A command that has others prints by PrintViews.
	Formats []string

	files []reportFile
	// given are the formats that were asked for on stdout.
	given []string
}

// reportFile is a format, and the file that the report goes to.
type reportFile struct{ format, path string }

var reportFormats = []string{"table", "json", "yaml"}

// Views are the formats that a report is printed in by functions of its own, by
// name. JSON and YAML are made of the report as it is.
type Views map[string]func(io.Writer, *ui.Theme) error

// formats are those on offer.
func (o *ReportOutput) formats() []string {
	if o.Formats == nil {
		return reportFormats
	}
	return o.Formats
}

// AddFlags registers -o.
func (o *ReportOutput) AddFlags(flags *pflag.FlagSet) {
	formats := o.formats()
	o.Format = formats[0]
	flags.VarP(reportFlag{o}, "output", "o", fmt.Sprintf("Output format: %s; may be repeated as FORMAT=FILE, such as -o %s -o json=report.json.",
		strings.Join(formats, ", "), formats[0]))
	Offer(flags, "output", formats...)
}

// reportFlag reads FORMAT and FORMAT=FILE.
type reportFlag struct{ *ReportOutput }

// String is the default that help shows.
func (f reportFlag) String() string {
	if f.ReportOutput == nil {
		return ""
	}
	return f.Format
}

// Type is what help calls the value.
func (f reportFlag) Type() string { return "format" }

// Set takes one value; Validate says what is wrong with it.
func (f reportFlag) Set(value string) error {
	if format, path, file := strings.Cut(value, "="); file {
		f.files = append(f.files, reportFile{format, path})
		return nil
	}
	f.Format = value
	f.given = append(f.given, value)
	return nil
}

// Validate refuses formats that do not exist, and two of them on stdout.
func (o *ReportOutput) Validate() error {
	formats := []string{o.Format}
	for _, file := range o.files {
		if file.path == "" {
			return advice.Errorf("write "+file.format+"=FILE", "--output %s= names no file", file.format)
		}
		formats = append(formats, file.format)
	}
	for _, format := range formats {
		if !slices.Contains(o.formats(), format) {
			return advice.Errorf("choose one of "+strings.Join(o.formats(), ", "), "unknown output format %q", format)
		}
	}
	if len(o.given) > 1 {
		return advice.Errorf("give all but one a file, such as -o "+o.given[1]+"=FILE",
			"stdout takes one output format, not %s", strings.Join(o.given, " and "))
	}
	return nil
}

// Print prints a report: the table for people, else the report itself.
func (o *ReportOutput) Print(env *Env, report any, table ui.Table) error {
	return o.PrintViews(env, report, Views{"table": table.Write})
}

// PrintViews prints a report on stdout and into the files that were asked for.
func (o *ReportOutput) PrintViews(env *Env, report any, views Views) error {
	if err := writeReport(env.Out, o.Format, report, views, env.OutTheme()); err != nil {
		return err
	}
	return o.writeFiles(report, views)
}

// WriteFiles writes the report into the files that were asked for.
func (o *ReportOutput) WriteFiles(report any, table ui.Table) error {
	return o.writeFiles(report, Views{"table": table.Write})
}

func (o *ReportOutput) writeFiles(report any, views Views) error {
	for _, file := range o.files {
		var text bytes.Buffer
		if err := writeReport(&text, file.format, report, views, ui.NewTheme(&text, false, 0)); err != nil {
			return err
		}
		if err := manifest.ReplaceFile(file.path, text.Bytes()); err != nil {
			return err
		}
	}
	return nil
}

func writeReport(out io.Writer, format string, report any, views Views, theme *ui.Theme) error {
	switch format {
	case "json":
		return manifest.WriteJSON(out, report)
	case "yaml":
		text, err := manifest.YAML(report)
		if err != nil {
			return fmt.Errorf("printing the report: %w", err)
		}
		_, err = io.WriteString(out, text)
		return err
	default:
		return views[format](out, theme)
	}
}
