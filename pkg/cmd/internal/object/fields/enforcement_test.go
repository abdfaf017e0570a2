package fields

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
)

// filling is one of the groups of flags.
type filling interface {
	addFlags(flags *pflag.FlagSet, gatekeeper bool)
	given() bool
	fill(document manifest.Document) error
}

// The two forms.
var (
	onKKP        = map[string]any{"apiVersion": "kubermatic.k8c.io/v1", "kind": "Constraint"}
	onGatekeeper = map[string]any{"apiVersion": "constraints.gatekeeper.sh/v1beta1", "kind": "K8sA"}
)

// filled is the spec after these flags have filled it, or the error and the
// next step.
func filled(t *testing.T, group filling, form, spec map[string]any, args ...string) (got map[string]any, failed string) {
	t.Helper()
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	group.addFlags(flags, true)
	if err := flags.Parse(args); err != nil {
		t.Fatal(err)
	}
	if group.given() != (len(args) > 0) {
		t.Errorf("%q: given is %v", args, group.given())
	}
	document := manifest.New(map[string]any{"apiVersion": form["apiVersion"], "kind": form["kind"], "metadata": map[string]any{"name": "c"}, "spec": spec})
	if err := group.fill(document); err != nil {
		return nil, err.Error() + "|" + strings.Join(advice.Next(err), "|")
	}
	got, _ = document.Object().Object["spec"].(map[string]any)
	return got, ""
}

// TestEnforcementFlags fills both forms of a constraint that warned.
func TestEnforcementFlags(t *testing.T) {
	const (
		write   = "|write POINT=ACTION, such as webhook=deny,audit=warn"
		actions = "|choose deny, dryrun, warn"
		noField = "--enforce: KKP's Constraint has no scopedEnforcementActions, its API server would drop it without a word" +
			"|leave it out; on a cluster with Gatekeeper, or on one user cluster by hand, use --platform gatekeeper"
		both = "--enforcement and --enforce both say what a violation does|give --enforcement for one action everywhere, --enforce for one at each point"
	)
	entry := func(action string, points ...string) any {
		names := []any{}
		for _, point := range points {
			names = append(names, map[string]any{"name": point})
		}
		return map[string]any{"action": action, "enforcementPoints": names}
	}
	scoped := func(entries ...any) map[string]any {
		return map[string]any{"enforcementAction": "scoped", "scopedEnforcementActions": entries}
	}
	before := map[string]any{"enforcementAction": "warn"}
	for name, tc := range map[string]struct {
		form   map[string]any
		before map[string]any
		args   []string
		want   map[string]any
		failed string
	}{
		"nothing":                {onGatekeeper, before, nil, before, ""},
		"one action":             {onGatekeeper, before, []string{"--enforcement=deny"}, map[string]any{"enforcementAction": "deny"}, ""},
		"one action, for scoped": {onGatekeeper, scoped(entry("deny", "*")), []string{"--enforcement=dryrun"}, map[string]any{"enforcementAction": "dryrun"}, ""},
		"the default":            {onGatekeeper, before, []string{"--enforcement="}, map[string]any{}, ""},
		"one action, on KKP":     {onKKP, before, []string{"--enforcement=deny"}, map[string]any{"enforcementAction": "deny"}, ""},
		"the default, on KKP":    {onKKP, before, []string{"--enforcement="}, map[string]any{}, ""},
		"points, in their order": {
			onGatekeeper, before, []string{"--enforce=webhook=deny,audit=warn", "--enforce=gator.gatekeeper.sh=deny"},
			scoped(entry("deny", "validation.gatekeeper.sh", "gator.gatekeeper.sh"), entry("warn", "audit.gatekeeper.sh")), "",
		},
		"every point":     {onGatekeeper, before, []string{"--enforce=*=dryrun"}, scoped(entry("dryrun", "*")), ""},
		"points, on KKP":  {onKKP, before, []string{"--enforce=webhook=deny"}, nil, noField},
		"both":            {onGatekeeper, before, []string{"--enforcement=deny", "--enforce=audit=warn"}, nil, both},
		"both, on KKP":    {onKKP, before, []string{"--enforcement=deny", "--enforce=audit=warn"}, nil, both},
		"no action":       {onGatekeeper, before, []string{"--enforce=webhook"}, nil, `cannot read --enforce "webhook"` + write},
		"an empty action": {onGatekeeper, before, []string{"--enforce=webhook="}, nil, `unknown action "" in --enforce webhook=` + actions},
		"no such action":  {onGatekeeper, before, []string{"--enforce=webhook=scoped"}, nil, `unknown action "scoped" in --enforce webhook=scoped` + actions},
		"no such point":   {onGatekeeper, before, []string{"--enforce=door=deny"}, nil, `unknown enforcement point "door" in --enforce|choose webhook, audit, gator, vap, *`},
		"a point by both its names": {
			onGatekeeper, before, []string{"--enforce=webhook=deny,validation.gatekeeper.sh=warn"}, nil,
			"--enforce names the point validation.gatekeeper.sh twice|keep one of the two",
		},
	} {
		t.Run(name, func(t *testing.T) {
			spec := map[string]any{}
			for field, value := range tc.before {
				spec[field] = value
			}
			got, failed := filled(t, &enforcement{}, tc.form, spec, tc.args...)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(tc.failed, failed); diff != "" {
				t.Error(diff)
			}
		})
	}
}
