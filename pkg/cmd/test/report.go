package test

import (
	"slices"

	reportv1alpha1 "github.com/kubectl-opa/kubectl-opa/pkg/api/report/v1alpha1"
	"github.com/kubectl-opa/kubectl-opa/pkg/engine"
	"github.com/kubectl-opa/kubectl-opa/pkg/review"
)

// newReport is a report without findings, and without what is known only in
// the end.
func (f *flags) newReport(o review.Options) reportv1alpha1.TestReport {
	return reportv1alpha1.TestReport{
		APIVersion: reportv1alpha1.APIVersion, Kind: "TestReport", EnforcementPoint: f.as, TargetGatekeeper: o.Engine.Target.String(),
		Findings: []reportv1alpha1.TestFinding{}, Errors: []string{}, Excluded: []reportv1alpha1.TestExcluded{}, Differences: []reportv1alpha1.TestDifference{},
	}
}

// report is what is known in the end; the findings are elsewhere.
func (f *flags) report(o review.Options, t *tally) reportv1alpha1.TestReport {
	report := f.newReport(o)
	report.Errors = append(report.Errors, t.errors...)
	report.Excluded = append(report.Excluded, t.excluded...)
	for _, difference := range t.summary.Differences {
		names := []string{}
		for _, point := range difference.Points {
			names = append(names, pointName(point))
		}
		told := reportv1alpha1.TestDifference{Points: names, Why: difference.Why, Objects: difference.Objects}
		if policy := difference.Object; policy != nil {
			told.Policy = &reportv1alpha1.TestPolicy{Kind: policy.GetKind(), Name: policy.GetName()}
		}
		report.Differences = append(report.Differences, told)
	}
	report.Summary = t.counts
	report.Summary.Templates, report.Summary.Constraints, report.Summary.Matched = t.summary.Templates, t.summary.Constraints, t.summary.Matched
	return report
}

// findings are those of an object, in the order of Gatekeeper's results.
func findings(r review.Reviewed) []reportv1alpha1.TestFinding {
	subject := r.Subject()
	all := []reportv1alpha1.TestFinding{}
	add := func(results []engine.Result, autoreject bool) {
		for _, result := range results {
			all = append(all, reportv1alpha1.TestFinding{
				Position: reportv1alpha1.Position{File: r.File, Line: r.Line},
				Object: reportv1alpha1.TestObject{
					APIVersion: subject.APIVersion, Kind: subject.Kind, Namespace: subject.Namespace, Name: subject.Name,
				},
				Constraint: reportv1alpha1.TestPolicy{Kind: result.Constraint.GetKind(), Name: result.Constraint.GetName()},
				Actions:    slices.Clone(actions(result)), Message: result.Message, Details: details(result), Autoreject: autoreject,
			})
		}
	}
	add(r.Violations, false)
	add(r.Autorejects, true)
	return all
}

// details are nil where a template gives none, which Rego has as {}.
func details(result engine.Result) any {
	if object, ok := result.Details.(map[string]any); ok && len(object) == 0 {
		return nil
	}
	return result.Details
}
