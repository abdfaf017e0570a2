// Package version is kubectl opa version: which plugin, and which engines are
// in it.
package version

import (
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	reportv1alpha1 "github.com/kubectl-opa/kubectl-opa/pkg/api/report/v1alpha1"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/ui"
)

// release is set by the linker in releases; go install leaves it empty, and
// the module's version is taken.
var release string

// engines are the modules whose versions decide what a policy means.
var engines = []struct{ name, module string }{
	{"gatekeeper", "github.com/open-policy-agent/gatekeeper/v3"},
	{"frameworks", "github.com/open-policy-agent/frameworks/constraint"},
	{"opa", "github.com/open-policy-agent/opa"},
	{"kubernetes", "k8s.io/client-go"},
}

// New makes the command.
func New(env *cli.Env) *cobra.Command {
	output := &cli.ReportOutput{}
	command := &cobra.Command{
		Use:   "version",
		Short: "Print the version of the plugin and of the engines in it",
		Args:  cli.Args(0, 0),
		RunE: func(*cobra.Command, []string) error {
			if err := output.Validate(); err != nil {
				return err
			}
			info, _ := debug.ReadBuildInfo()
			report := collect(info)
			return output.Print(env, report, table(report))
		},
	}
	output.AddFlags(command.Flags())
	return command
}

func collect(info *debug.BuildInfo) reportv1alpha1.VersionReport {
	report := reportv1alpha1.VersionReport{
		APIVersion: reportv1alpha1.APIVersion, Kind: "VersionReport",
		Version: release, Platform: runtime.GOOS + "/" + runtime.GOARCH, Go: runtime.Version(),
		Engines: []reportv1alpha1.Engine{},
	}
	versions := map[string]string{}
	if info != nil {
		if report.Version == "" {
			report.Version = info.Main.Version
		}
		for _, module := range info.Deps {
			versions[module.Path] = module.Version
		}
	}
	for _, engine := range engines {
		report.Engines = append(report.Engines, reportv1alpha1.Engine{Name: engine.name, Version: versions[engine.module]})
	}
	return report
}

func table(report reportv1alpha1.VersionReport) ui.Table {
	t := ui.Table{Columns: []string{"component", "version"}, Rows: [][]ui.Cell{
		{ui.Text("kubectl-opa"), ui.Text(report.Version)},
		{ui.Text("platform"), ui.Text(report.Platform)},
		{ui.Text("go"), ui.Text(report.Go)},
	}}
	for _, engine := range report.Engines {
		t.Rows = append(t.Rows, []ui.Cell{ui.Text(engine.Name), ui.Text(engine.Version)})
	}
	return t
}
