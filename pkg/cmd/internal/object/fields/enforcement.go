package fields

import (
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
)

// enforcement are the flags that say what a violation does.
type enforcement struct {
	action string
	scoped []string
	flags  *pflag.FlagSet
}

// addFlags registers the flags; --enforce is for Gatekeeper's own constraints.
func (e *enforcement) addFlags(flags *pflag.FlagSet, gatekeeper bool) {
	e.flags = flags
	flags.StringVar(&e.action, "enforcement", "", "What a violation does: deny (the default), dryrun or warn.")
	cli.Offer(flags, "enforcement", policy.EnforcementActions...)
	if gatekeeper {
		flags.StringSliceVar(&e.scoped, "enforce", nil,
			"What a violation does where, such as webhook=deny,audit=warn; other points are gator, vap and * (Gatekeeper 3.17, not on KKP).")
	}
}

func (e *enforcement) given() bool { return anyChanged(e.flags, "enforcement", "enforce") }

// fill sets what a violation does. One of the flags replaces what the other one
// has set before.
func (e *enforcement) fill(document manifest.Document) error {
	one, scoped := anyChanged(e.flags, "enforcement"), anyChanged(e.flags, "enforce")
	gatekeeper := policy.IsGatekeeper(document.Object())
	switch {
	case one && scoped:
		return advice.Errorf("give --enforcement for one action everywhere, --enforce for one at each point",
			"--enforcement and --enforce both say what a violation does")
	case scoped && !gatekeeper:
		return notOnKKP("--enforce", "scopedEnforcementActions")
	case !one && !scoped:
		return nil
	}
	action := policy.Enforcement{Action: e.action}
	if scoped {
		var err error
		if action, err = parseScoped(e.scoped); err != nil {
			return err
		}
	}
	if gatekeeper {
		return policy.SetEnforcement(document.Object(), action)
	}
	put(document.Spec(), e.action, "enforcementAction")
	return nil
}

// notOnKKP refuses a field that KKP's wrapper does not have.
func notOnKKP(flag, field string) error {
	return advice.Errorf("leave it out; on a cluster with Gatekeeper, or on one user cluster by hand, use --platform gatekeeper",
		"%s: KKP's Constraint has no %s, its API server would drop it without a word", flag, field)
}

// parseScoped reads POINT=ACTION, one for each point. Points with the same
// action stand together, in the order in which they were given.
func parseScoped(texts []string) (policy.Enforcement, error) {
	const next = "write POINT=ACTION, such as webhook=deny,audit=warn"
	enforcement := policy.Enforcement{Action: policy.Scoped}
	seen := map[string]bool{}
	for _, text := range texts {
		point, action, found := strings.Cut(text, "=")
		full, known := policy.EnforcementPoint(point)
		switch {
		case !found:
			return enforcement, advice.Errorf(next, "cannot read --enforce %q", text)
		case !known:
			return enforcement, advice.Errorf("choose "+strings.Join(policy.EnforcementPoints, ", "), "unknown enforcement point %q in --enforce", point)
		case !slices.Contains(policy.EnforcementActions, action):
			return enforcement, advice.Errorf("choose "+strings.Join(policy.EnforcementActions, ", "), "unknown action %q in --enforce %s", action, text)
		case seen[full]:
			return enforcement, advice.Errorf("keep one of the two", "--enforce names the point %s twice", point)
		}
		seen[full] = true
		enforcement.Add(action, full)
	}
	return enforcement, nil
}
