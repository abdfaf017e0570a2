package query

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	reportv1alpha1 "github.com/kubectl-opa/kubectl-opa/pkg/api/report/v1alpha1"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery/setup"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
	"github.com/kubectl-opa/kubectl-opa/pkg/ui"
)

// secretMode is that of files that only the user reads.
const secretMode = 0o600

// print prints what came of it, and writes the files that were asked for.
func (f *setupFlags) print(env *cli.Env, o SetupOptions, result SetupResult) error {
	if err := f.writeFiles(env, o, result); err != nil {
		return err
	}
	switch {
	case f.verify:
		return f.printChecks(env, o, result)
	case f.apply:
		return f.output.Print(env, result.Changes)
	case f.dir != "" || len(result.Objects) == 0:
		return nil
	}
	objects := cli.ObjectOutput{Format: cmp.Or(f.output.Format, "yaml")}
	if err := objects.Print(env, false, result.Objects...); err != nil {
		return err
	}
	if f.deployment == "" {
		env.Say("The Deployment of OPA needs the token and the bundle too: --apply --deployment NAME changes it, and --output-dir writes a patch.")
	}
	return nil
}

// printChecks prints the report. What was applied before is told on stderr.
func (f *setupFlags) printChecks(env *cli.Env, o SetupOptions, result SetupResult) error {
	lines := cli.ChangeOutput{}
	said := *env
	said.Out = env.Err
	if err := lines.Print(&said, result.Changes); err != nil || len(result.Checks) == 0 {
		return err
	}
	report, table := setupReport(o, result.Checks)
	output := cli.ReportOutput{Format: cmp.Or(f.output.Format, "table")}
	if err := output.Print(env, report, table); err != nil {
		return err
	}
	for _, check := range report.Checks {
		if !check.OK {
			return cli.ErrFinding
		}
	}
	return nil
}

func setupReport(o SetupOptions, checks []setup.Check) (reportv1alpha1.QuerySetupReport, ui.Table) {
	report := reportv1alpha1.QuerySetupReport{
		APIVersion: reportv1alpha1.APIVersion, Kind: "QuerySetupReport", ServiceAccount: o.Subject(), Checks: []reportv1alpha1.SetupCheck{},
	}
	table := ui.Table{Columns: []string{"check", "state", "next"}}
	for _, check := range checks {
		row := reportv1alpha1.SetupCheck{Name: check.Name, OK: check.Problem == "", Problem: check.Problem}
		state := ui.Cell{Text: "ok", Tone: ui.Good}
		if !row.OK {
			row.Next = check.Next
			state = ui.Cell{Text: check.Problem, Tone: ui.Bad}
		}
		report.Checks = append(report.Checks, row)
		table.Rows = append(table.Rows, []ui.Cell{ui.Text(check.Name), state, ui.Text(row.Next)})
	}
	return report, table
}

func (f *setupFlags) writeFiles(env *cli.Env, o SetupOptions, result SetupResult) error {
	if len(result.Objects) == 0 || f.dir != "" && result.Patch == nil {
		return nil // it failed before there was anything to write
	}
	if f.bundle != "" {
		if err := manifest.ReplaceFile(f.bundle, o.Bundle); err != nil {
			return err
		}
		env.Say(f.bundle + " written: the bundle")
	}
	if f.environment != "" && setup.Token(result.Secret) != "" {
		err := manifest.ReplaceFileBy(f.environment, secretMode, func(out io.Writer) error {
			_, err := io.WriteString(out, setup.Environment(result.Secret, o.Client.Server()))
			return err
		})
		if err != nil {
			return err
		}
		env.Say(f.environment + " written: it holds the token")
	}
	if f.dir == "" {
		return nil
	}
	return f.writeDirectory(env, result)
}

// writeDirectory writes the manifests; the Secret into a file that only the
// user reads, as it may come to have the token in it.
func (f *setupFlags) writeDirectory(env *cli.Env, result SetupResult) error {
	if err := os.MkdirAll(f.dir, 0o755); err != nil { // #nosec G301 -- manifests are not secret.
		return fmt.Errorf("making the directory of --output-dir: %w", err)
	}
	secrets, others := []*unstructured.Unstructured{}, []*unstructured.Unstructured{}
	for _, object := range result.Objects {
		if object.GetKind() == "Secret" {
			secrets = append(secrets, object)
		} else {
			others = append(others, object)
		}
	}
	for _, file := range []struct {
		name, about string
		mode        os.FileMode
		objects     []*unstructured.Unstructured
	}{
		{"manifests.yaml", "kubectl apply -f", 0o644, others},
		{"secret.yaml", "kubectl apply -f", secretMode, secrets},
		{"deployment-patch.yaml", fmt.Sprintf("kubectl patch deployment %s -n %s --patch-file", result.Patch.GetName(), result.Patch.GetNamespace()), 0o644, []*unstructured.Unstructured{result.Patch}},
	} {
		path := filepath.Join(f.dir, file.name)
		err := manifest.ReplaceFileBy(path, file.mode, func(out io.Writer) error { return manifest.WriteYAML(out, file.objects...) })
		if err != nil {
			return advice.Wrap(err, "choose another --output-dir")
		}
		env.Say(fmt.Sprintf("%s written: %s %s", path, file.about, path))
	}
	return nil
}
