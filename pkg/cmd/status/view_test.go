package status

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	reportv1alpha1 "github.com/kubectl-opa/kubectl-opa/pkg/api/report/v1alpha1"
	"github.com/kubectl-opa/kubectl-opa/pkg/ui"
)

func TestRows(t *testing.T) {
	two := 2
	cell := func(text string, tone ui.Tone) ui.Cell { return ui.Cell{Text: text, Tone: tone} }
	for name, tc := range map[string]struct {
		cluster reportv1alpha1.ClusterStatus
		// want are the cells after the provider.
		want []ui.Cell
	}{
		"all well": {
			reportv1alpha1.ClusterStatus{
				OPA: true, Controller: "HealthStatusUp", Audit: "HealthStatusUp", Namespace: "n", Templates: &two,
				Constraints: &reportv1alpha1.ConstraintStatus{InSync: []string{"a", "b"}, Own: []string{"c"}},
			},
			[]ui.Cell{
				cell("on", ui.Good), cell("up", ui.Good), cell("up", ui.Good), cell("2", ui.Plain),
				cell("2/2 in sync, 1 own", ui.Good), {},
			},
		},
		"unreadable": {
			reportv1alpha1.ClusterStatus{OPA: true, Namespace: "n", Controller: "HealthStatusDown", Audit: "HealthStatusProvisioning"},
			[]ui.Cell{
				cell("on", ui.Good), cell("down", ui.Bad), cell("provisioning", ui.Warn), cell("?", ui.Warn), cell("?", ui.Warn), {},
			},
		},
		"off": {
			reportv1alpha1.ClusterStatus{
				Controller: "HealthStatusDown", Audit: "HealthStatusUp", Namespace: "n", Templates: &two,
				Constraints: &reportv1alpha1.ConstraintStatus{Waiting: []string{"a", "b"}},
			},
			[]ui.Cell{
				cell("off", ui.Faint), cell("down", ui.Faint), cell("up", ui.Warn), cell("2", ui.Plain),
				cell("0/2 in sync", ui.Faint), cell("waiting: 2", ui.Faint),
			},
		},
		"everything at once": {
			reportv1alpha1.ClusterStatus{
				OPA: true, Deleting: true, Paused: true, Templates: &two,
				Constraints: &reportv1alpha1.ConstraintStatus{
					InSync: []string{"a"}, Missing: []string{"b"}, Drifted: []string{"c", "d", "e", "f", "g"}, Shadowed: []string{"h"},
					Zombies: []string{"i"}, Own: []string{"h"}, NoTemplate: []string{"h", "j"}, Deleting: []string{"j"}, Waiting: []string{"k"},
				},
			},
			[]ui.Cell{
				cell("on", ui.Good), cell("-", ui.Warn), cell("-", ui.Warn), cell("2", ui.Plain), cell("1/9 in sync, 1 own", ui.Warn),
				cell("deleting; paused; no namespace yet; missing: b; drifted: c, d, e and 2 more; shadowed: h; zombie: i; "+
					"no template: h, j; being deleted: j; waiting: 1", ui.Bad),
			},
		},
		"nothing in it": {
			reportv1alpha1.ClusterStatus{Paused: true, Namespace: "n", Constraints: &reportv1alpha1.ConstraintStatus{}},
			[]ui.Cell{
				cell("off", ui.Faint), cell("-", ui.Faint), cell("-", ui.Faint), cell("?", ui.Warn), cell("-", ui.Faint), cell("paused", ui.Warn),
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			tc.cluster.ID, tc.cluster.Name, tc.cluster.Provider = "id", "name", "aws"
			want := ui.Table{
				Columns: []string{"cluster", "name", "provider", "opa", "controller", "audit", "templates", "constraints", "note"},
				Rows:    [][]ui.Cell{append([]ui.Cell{ui.Text("id"), ui.Text("name"), ui.Text("aws")}, tc.want...)},
			}
			got := table(reportv1alpha1.StatusReport{Clusters: []reportv1alpha1.ClusterStatus{tc.cluster}})
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSwitches(t *testing.T) {
	settings := func(enabled, enforced bool) *reportv1alpha1.Settings {
		return &reportv1alpha1.Settings{OPAEnabled: enabled, OPAEnforced: enforced}
	}
	for want, report := range map[string]reportv1alpha1.StatusReport{
		"": {},
		"KKP Community Edition: selectors and disabled do not count":                              {Edition: "ce"},
		"KKP Enterprise Edition; new clusters start with OPA on, their owners cannot change that": {Edition: "ee", Settings: settings(true, true)},
		"KKP Enterprise Edition; new clusters start with OPA on, their owners may switch it off":  {Edition: "ee", Settings: settings(true, false)},
		"KKP Enterprise Edition; new clusters start with OPA off, their owners may switch it on":  {Edition: "ee", Settings: settings(false, false)},
		"new clusters start with OPA off, their owners cannot change that":                        {Settings: settings(false, true)},
	} {
		if got := switches(report); got != want {
			t.Errorf("want %q, found %q", want, got)
		}
	}
}
