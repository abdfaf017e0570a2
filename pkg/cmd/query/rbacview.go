package query

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	reportv1alpha1 "github.com/kubectl-opa/kubectl-opa/pkg/api/report/v1alpha1"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery/leastrbac"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
	"github.com/kubectl-opa/kubectl-opa/pkg/ui"
)

// roles is how roles are printed.
type roles struct{ format string }

func (f *rbacFlags) roles() roles {
	if f.output == "" {
		return roles{"yaml"}
	}
	return roles{f.output}
}

func (r roles) validate() error {
	if slices.Contains(strings.Split(rbacFormats, ", "), r.format) {
		return nil
	}
	return advice.Errorf("choose one of "+rbacFormats, "unknown output format %q", r.format)
}

// print prints the roles and bindings, or a table of the rules.
func (f *rbacFlags) print(env *cli.Env, o RBACOptions, result RBACResult) error {
	format := f.roles().format
	if format == "table" {
		return rbacTable(result).Write(env.Out, env.OutTheme())
	}
	manifests, err := result.Rules.Manifests(o.Subject)
	if err != nil {
		return err
	}
	output := cli.ObjectOutput{Format: format}
	return output.Print(env, format == "json", manifests...)
}

// tellUnknown says which calls nobody can tell about.
func tellUnknown(env *cli.Env, o RBACOptions, calls []leastrbac.Call) error {
	who := "the code alone cannot tell"
	next := []string{`record a run that makes these calls, with "kubectl opa query … --record FILE", and give --recorded FILE`}
	if len(o.Recordings) > 0 {
		who = "neither the code nor a recording tells"
	}
	if o.Expr == "" {
		next = append(next, "where they are never made, give the expression that is evaluated, such as data.authz.deny: what it does not reach is left out")
	}
	lines := []string{who + " which resource is asked for by"}
	for _, call := range calls {
		line := fmt.Sprintf("%s: %s", call.At, call.Function)
		for _, from := range call.From {
			line += ", called at " + from.String()
		}
		lines = append(lines, line)
	}
	return ui.WriteError(env.Err, env.ErrTheme(), env.Redacted(strings.Join(lines, "\n")), next)
}

// tellRules says that there are none, or which of them other inputs may not be
// content with.
func tellRules(env *cli.Env, o RBACOptions, rules leastrbac.Rules) {
	lines := []string{}
	for _, rule := range rules {
		if rule.Recorded {
			lines = append(lines, fmt.Sprintf("%s (%s)", rule, places(rule.At)))
		}
	}
	switch {
	case len(rules) == 0:
		env.Say("nothing is asked of the Kubernetes API: no rights are needed")
	case len(lines) == 0:
	case o.RecordedOnly:
		env.Warn("other inputs than those of the recorded runs may need more")
	default:
		env.Warn("the code alone cannot tell all: this is what recorded runs asked, and other inputs may need more:\n" + strings.Join(lines, "\n"))
	}
}

// rbacTable shows the rules, and what the cluster says of them if it was asked.
func rbacTable(result RBACResult) ui.Table {
	table := ui.Table{Columns: []string{"verb", "resource", "name", "namespace", "from"}, Rows: [][]ui.Cell{}}
	for _, rule := range result.Rules {
		table.Rows = append(table.Rows, ruleCells(rule))
	}
	if result.Verdicts == nil {
		return table
	}
	table.Columns = append([]string{"allowed"}, table.Columns...)
	for i, verdict := range result.Verdicts {
		allowed := ui.Cell{Text: "yes", Tone: ui.Good}
		if !verdict.Allowed {
			allowed = ui.Cell{Text: "no", Tone: ui.Bad}
		}
		table.Rows[i] = append([]ui.Cell{allowed}, table.Rows[i]...)
	}
	return table
}

func ruleCells(rule leastrbac.Rule) []ui.Cell {
	name, namespace := rule.Name, rule.Namespace
	if name == "" {
		name = "*"
	}
	switch {
	case !rule.Resource.Namespaced:
		namespace = "-"
	case namespace == "":
		namespace = "*"
	}
	from := places(rule.At)
	if rule.Recorded {
		from += " (recorded)"
	}
	return []ui.Cell{ui.Text(rule.Verb), ui.Text(rule.Resource.String()), ui.Text(name), ui.Text(namespace), ui.Text(from)}
}

// places are the lines where a rule comes from, each once.
func places(positions []manifest.Position) string {
	texts := []string{}
	for _, position := range positions {
		position.Column = 0
		texts = append(texts, position.String())
	}
	return strings.Join(slices.Compact(texts), ", ")
}

// rbacReport is a check for machines.
func rbacReport(result RBACResult) reportv1alpha1.QueryRBACReport {
	report := reportv1alpha1.QueryRBACReport{
		APIVersion: reportv1alpha1.APIVersion, Kind: "QueryRBACReport", Allowed: true, Rules: []reportv1alpha1.QueryRule{},
	}
	for _, verdict := range result.Verdicts {
		report.Allowed = report.Allowed && verdict.Allowed
		rule := reportv1alpha1.QueryRule{
			Verb: verdict.Verb, Group: verdict.Resource.Group, Resource: verdict.Resource.Name, Namespace: verdict.Namespace,
			Name: verdict.Name, Recorded: verdict.Recorded, From: []reportv1alpha1.Position{}, Allowed: verdict.Allowed, Reason: verdict.Reason,
		}
		for _, position := range verdict.At {
			rule.From = append(rule.From, reportPosition(position))
		}
		report.Rules = append(report.Rules, rule)
	}
	return report
}

// rbacVerdict is the exit code of a check, as an error, after the next step.
func rbacVerdict(env *cli.Env, result RBACResult) error {
	missing := 0
	for _, verdict := range result.Verdicts {
		if !verdict.Allowed {
			missing++
		}
	}
	if missing == 0 {
		return nil
	}
	text := fmt.Sprintf("%d of %d rights are missing", missing, len(result.Verdicts))
	next := []string{"without --check this command prints the roles that grant them: let somebody apply them who may, or use another identity (--context, --as)"}
	_ = ui.WriteError(env.Err, env.ErrTheme(), text, next)
	return cli.ErrFinding
}
