package fleet

import (
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
)

// Policies sums up Gatekeeper's own objects on one cluster.
type Policies struct {
	// Templates and Constraints are how many there are.
	Templates, Constraints int
	// FailingTemplates and FailingConstraints are those that Gatekeeper says
	// something is wrong with, sorted; constraints as KIND/NAME.
	FailingTemplates, FailingConstraints []string
	// ByAction is how many constraints have each enforcement action.
	ByAction map[string]int
	// Violations is what the last audits found in all constraints; nil where
	// none has been audited, and constraints are there.
	Violations *int64
	// NotAudited are the constraints that no audit has looked at, sorted.
	NotAudited []string
	// LastAudit is when the constraint that waits the longest was audited; zero
	// where none was.
	LastAudit time.Time
	// Pending says what Gatekeeper has still to take up, a line each.
	Pending []string
}

// Summarize sums up what is on a cluster.
func Summarize(templates, constraints []*unstructured.Unstructured) Policies {
	p := Policies{
		Templates: len(templates), Constraints: len(constraints),
		FailingTemplates: []string{}, FailingConstraints: []string{}, NotAudited: []string{},
		ByAction: map[string]int{}, Violations: new(int64), Pending: []string{},
	}
	for _, template := range templates {
		observed := policy.Observe(template)
		if len(observed.Errors) > 0 {
			p.FailingTemplates = append(p.FailingTemplates, template.GetName())
		}
		p.await("template "+template.GetName(), observed)
	}
	for _, constraint := range constraints {
		p.addConstraint(constraint)
	}
	if len(constraints) > 0 && len(p.NotAudited) == len(constraints) {
		p.Violations = nil
	}
	slices.Sort(p.FailingTemplates)
	slices.Sort(p.FailingConstraints)
	slices.Sort(p.NotAudited)
	return p
}

func (p *Policies) addConstraint(constraint *unstructured.Unstructured) {
	name, observed := ConstraintName(constraint), policy.Observe(constraint)
	p.ByAction[policy.Action(constraint)]++
	if len(observed.Errors) > 0 {
		p.FailingConstraints = append(p.FailingConstraints, name)
	}
	p.await("constraint "+name, observed)
	if observed.Violations == nil {
		p.NotAudited = append(p.NotAudited, name)
	} else {
		*p.Violations += *observed.Violations
	}
	if at := observed.Audited; !at.IsZero() && (p.LastAudit.IsZero() || at.Before(p.LastAudit)) {
		p.LastAudit = at
	}
}

// await notes what is still to come of an object.
func (p *Policies) await(what string, observed policy.Observed) {
	for _, problem := range observed.Errors {
		p.Pending = append(p.Pending, what+": "+problem)
	}
	if len(observed.Errors) == 0 && !observed.Settled() {
		p.Pending = append(p.Pending, what+" has not been taken up by Gatekeeper yet")
	}
}

// ConstraintName names a Gatekeeper constraint: several kinds can have
// constraints of one name.
func ConstraintName(constraint *unstructured.Unstructured) string {
	return constraint.GetKind() + "/" + constraint.GetName()
}
