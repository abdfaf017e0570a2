package status

import (
	"fmt"
	"strings"

	reportv1alpha1 "github.com/kubectl-opa/kubectl-opa/pkg/api/report/v1alpha1"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/ui"
)

// printer shows what was seen, once or whenever it changed.
type printer struct {
	env    *cli.Env
	output cli.ReportOutput
	redraw *ui.Redraw
	shown  int
	// switches is the line about KKP that stands there.
	switches string
}

func newPrinter(o *options) *printer {
	return &printer{env: o.env, output: o.output, redraw: ui.NewRedraw(o.env.Out)}
}

// keep leaves on the terminal what is there: something else was printed.
func (p *printer) keep() { p.redraw.Keep() }

// show prints the report; nil prints nothing.
func (p *printer) show(seen *sight) error {
	switch {
	case seen == nil:
		return nil
	case p.output.Format != "table":
		return p.showMachines(seen)
	}
	if err := p.output.WriteFiles(seen.report, p.table(seen.report)); err != nil {
		return err
	}
	if len(seen.report.Clusters) == 0 {
		p.keep()
		_, err := fmt.Fprintln(p.env.Err, "No user clusters found.")
		return err
	}
	if line := switches(seen.report); line != "" && line != p.switches {
		p.keep()
		p.switches = line
		_, _ = fmt.Fprintln(p.env.Err, p.env.ErrTheme().Paint(ui.Faint, line))
	}
	text, theme := strings.Builder{}, p.env.OutTheme()
	if err := p.table(seen.report).Write(&text, theme); err != nil {
		return err
	}
	return p.redraw.Show(text.String(), theme.Width)
}

// table is the report for people.
func (p *printer) table(report reportv1alpha1.StatusReport) ui.Table {
	if report.Platform == string(cli.OnGatekeeper) {
		return gatekeeperTable(report, p.env.Now())
	}
	return kkpTable(report)
}

// showMachines prints a document for each change.
func (p *printer) showMachines(seen *sight) error {
	if p.shown++; p.shown > 1 && p.output.Format == "yaml" {
		_, _ = fmt.Fprintln(p.env.Out, "---")
	}
	return p.output.Print(p.env, seen.report, ui.Table{})
}
