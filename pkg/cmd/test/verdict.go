package test

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	reportv1alpha1 "github.com/kubectl-opa/kubectl-opa/pkg/api/report/v1alpha1"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd/internal/object"
	"github.com/kubectl-opa/kubectl-opa/pkg/engine"
	"github.com/kubectl-opa/kubectl-opa/pkg/review"
)

// tally counts what is found on the way.
type tally struct {
	summary  review.Summary
	counts   reportv1alpha1.TestSummary
	errors   []string
	excluded []reportv1alpha1.TestExcluded
	// unknown is how many constraints select by a Namespace that is not known.
	unknown int
}

// missingNamespace is in what Gatekeeper says of a constraint that selects by
// the labels of a Namespace that it does not know.
const missingNamespace = "missing Namespace"

// The actions of constraints.
const (
	deny   = "deny"
	warn   = "warn"
	dryRun = "dryrun"
)

// actions are what is done about a result.
func actions(result engine.Result) []string {
	if result.Action == "scoped" {
		return result.Scoped
	}
	return []string{result.Action}
}

func (t *tally) add(r review.Reviewed) {
	if r.Err != nil {
		t.counts.Errors++
		t.errors = append(t.errors, r.Err.Error())
		return
	}
	t.counts.Objects++
	if r.Excluded != "" {
		t.exclude(r.Excluded)
	}
	t.counts.Autorejects += len(r.Autorejects)
	for _, result := range r.Autorejects {
		if strings.Contains(result.Message, missingNamespace) {
			t.unknown++
		}
	}
	for _, result := range slices.Concat(r.Violations, r.Autorejects) {
		switch does := actions(result); {
		case slices.Contains(does, deny):
			t.counts.Deny++
		case slices.Contains(does, warn):
			t.counts.Warn++
		case slices.Contains(does, dryRun):
			t.counts.DryRun++
		default:
			t.counts.Other++
		}
	}
}

func (t *tally) exclude(why string) {
	t.counts.Excluded++
	same := func(e reportv1alpha1.TestExcluded) bool { return e.Why == why }
	if i := slices.IndexFunc(t.excluded, same); i >= 0 {
		t.excluded[i].Objects++
		return
	}
	t.excluded = append(t.excluded, reportv1alpha1.TestExcluded{Why: why, Objects: 1})
}

// String is what progress says.
func (t *tally) String() string {
	found := t.counts.Deny + t.counts.Warn + t.counts.DryRun + t.counts.Other
	return fmt.Sprintf("%s reviewed, %s", count(t.counts.Objects, "object"), count(found, "finding"))
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// verdict is the exit code of a run, as an error.
func (f *flags) verdict(o review.Options, t *tally) error {
	failed := map[string]int{
		failDeny: t.counts.Deny, failWarn: t.counts.Deny + t.counts.Warn, failDryRun: t.counts.Deny + t.counts.Warn + t.counts.DryRun,
		failAutoreject: t.counts.Deny + t.counts.Autorejects,
	}
	finding := error(nil)
	if failed[f.failOn] > 0 {
		finding = cli.ErrFinding
	}
	switch {
	case t.counts.Errors > 0:
		return errors.Join(finding, fmt.Errorf("%s could not be read or reviewed", count(t.counts.Errors, "document")))
	case t.summary.Matched > 0 || f.allowEmpty:
		return finding
	}
	return nothing(o, t)
}

// nothing says why nothing was evaluated.
func nothing(o review.Options, t *tally) error {
	next, why := "compare their spec.match with the kinds, namespaces and labels of the objects", ""
	switch {
	case t.counts.Objects == 0:
		next, why = "give them with -f; policies are not reviewed themselves", "there are no objects"
	case t.summary.Constraints == 0 && len(t.summary.Disabled) > 0:
		next, why = "KKP writes them to no cluster while spec.disabled is true", "all constraints are disabled"
	case t.summary.Constraints == 0 && o.Engine.Point == engine.Gator:
		next, why = "give them with -f; KKP's objects are none to gator", "there are no constraints"
	case t.summary.Constraints == 0:
		next, why = "give them with -f, with their templates", "there are no constraints"
	case t.counts.Excluded == t.counts.Objects:
		next, why = "see --help on --as: the audit may see them", "no object is looked at: "+t.excluded[0].Why
	default:
		why = fmt.Sprintf("no constraint matches (%s, %s)", count(t.summary.Constraints, "constraint"), count(t.counts.Objects, "object"))
	}
	return advice.Wrap(fmt.Errorf("%w: %s", cli.ErrNothing, why), "%s", next)
}

// explain gives each unsound policy its lines.
func explain(err error) error {
	var many review.PolicyErrors
	if !errors.As(err, &many) {
		return err
	}
	explained := []error{}
	for _, single := range many {
		var policy *review.PolicyError
		if errors.As(single, &policy) {
			single = object.ExplainCompilation(policy.Document, policy.Err)
		}
		explained = append(explained, single)
	}
	return errors.Join(explained...)
}
