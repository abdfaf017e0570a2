package status

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	reportv1alpha1 "github.com/kubectl-opa/kubectl-opa/pkg/api/report/v1alpha1"
	"github.com/kubectl-opa/kubectl-opa/pkg/ui"
)

func cell(text string, tone ui.Tone) ui.Cell { return ui.Cell{Text: text, Tone: tone} }

func TestRows(t *testing.T) {
	two, many := 2, int64(12)
	up := reportv1alpha1.KKPStatus{OPA: true, Controller: "HealthStatusUp", Audit: "HealthStatusUp", Namespace: "n", Templates: &two}
	with := func(of reportv1alpha1.KKPStatus, change func(*reportv1alpha1.KKPStatus)) *reportv1alpha1.KKPStatus {
		change(&of)
		return &of
	}
	for name, tc := range map[string]struct {
		cluster reportv1alpha1.ClusterStatus
		// want are the cells after the name.
		want []ui.Cell
	}{
		"all well": {
			reportv1alpha1.ClusterStatus{
				KKPStatus: with(up, func(s *reportv1alpha1.KKPStatus) {
					s.Constraints = &reportv1alpha1.ConstraintStatus{InSync: []string{"a", "b"}, Own: []string{"c"}}
				}),
				Gatekeeper: &reportv1alpha1.GatekeeperStatus{
					Version: "3.12.0", TotalViolations: &many,
					Templates:   &reportv1alpha1.InstalledTemplates{Origin: &reportv1alpha1.Origin{InSync: []string{"x", "y"}}},
					Constraints: &reportv1alpha1.InstalledConstraints{Origin: &reportv1alpha1.Origin{InSync: []string{"K/a", "K/b", "K/c"}}},
				},
			},
			[]ui.Cell{
				cell("on", ui.Good), cell("3.12.0 up", ui.Good), cell("2/2 in sync", ui.Good), cell("2/2 in sync, 1 own", ui.Good), cell("12", ui.Warn), {},
			},
		},
		"changed on the cluster itself": {
			reportv1alpha1.ClusterStatus{
				KKPStatus: with(up, func(s *reportv1alpha1.KKPStatus) {
					s.Constraints = &reportv1alpha1.ConstraintStatus{InSync: []string{"a", "b", "c"}}
				}),
				Gatekeeper: &reportv1alpha1.GatekeeperStatus{
					Templates: &reportv1alpha1.InstalledTemplates{Failing: []string{"y"}, Origin: &reportv1alpha1.Origin{InSync: []string{"x"}, Drifted: []string{"y"}, Leftover: []string{"z"}}},
					Constraints: &reportv1alpha1.InstalledConstraints{Origin: &reportv1alpha1.Origin{
						InSync: []string{"K/a"}, Drifted: []string{"K/b"}, Missing: []string{"K/c"}, ByHand: []string{"K/h"},
					}},
				},
			},
			[]ui.Cell{
				cell("on", ui.Good), cell("up", ui.Good), cell("1/2 in sync", ui.Warn), cell("1/3 in sync", ui.Warn), cell("-", ui.Faint),
				cell("failing template: y; template changed there: y; template left over there: z; not there: K/c; changed there: K/b; by hand there: K/h", ui.Bad),
			},
		},
		"unreadable": {
			reportv1alpha1.ClusterStatus{
				KKPStatus:   &reportv1alpha1.KKPStatus{OPA: true, Namespace: "n", Controller: "HealthStatusDown", Audit: "HealthStatusProvisioning"},
				Unreachable: "away",
			},
			[]ui.Cell{
				cell("on", ui.Good), cell("controller down, audit provisioning", ui.Bad), cell("?", ui.Warn), cell("?", ui.Warn), cell("?", ui.Warn),
				cell("unreachable", ui.Bad),
			},
		},
		"one component is not up": {
			reportv1alpha1.ClusterStatus{KKPStatus: with(up, func(s *reportv1alpha1.KKPStatus) { s.Audit = "HealthStatusDown" })},
			[]ui.Cell{cell("on", ui.Good), cell("audit down", ui.Bad), cell("2", ui.Plain), cell("?", ui.Warn), cell("?", ui.Warn), {}},
		},
		"nor is the other": {
			reportv1alpha1.ClusterStatus{KKPStatus: with(up, func(s *reportv1alpha1.KKPStatus) { s.Controller = "HealthStatusProvisioning" })},
			[]ui.Cell{cell("on", ui.Good), cell("controller provisioning", ui.Warn), cell("2", ui.Plain), cell("?", ui.Warn), cell("?", ui.Warn), {}},
		},
		"off": {
			reportv1alpha1.ClusterStatus{KKPStatus: &reportv1alpha1.KKPStatus{
				Controller: "HealthStatusDown", Audit: "HealthStatusUp", Namespace: "n", Templates: &two,
				Constraints: &reportv1alpha1.ConstraintStatus{Waiting: []string{"a", "b"}},
			}},
			[]ui.Cell{
				cell("off", ui.Faint), cell("controller down, audit up", ui.Warn), cell("2", ui.Plain),
				cell("0/2 in sync", ui.Faint), cell("-", ui.Faint), cell("waiting: 2", ui.Faint),
			},
		},
		"everything at once": {
			reportv1alpha1.ClusterStatus{KKPStatus: &reportv1alpha1.KKPStatus{
				OPA: true, Deleting: true, Paused: true, Templates: &two,
				Constraints: &reportv1alpha1.ConstraintStatus{
					InSync: []string{"a"}, Missing: []string{"b"}, Drifted: []string{"c", "d", "e", "f", "g"}, Shadowed: []string{"h"},
					Zombies: []string{"i"}, Own: []string{"h"}, NoTemplate: []string{"h", "j"}, Deleting: []string{"j"}, Waiting: []string{"k"},
				},
			}},
			[]ui.Cell{
				cell("on", ui.Good), cell("-", ui.Warn), cell("2", ui.Plain), cell("1/9 in sync, 1 own", ui.Warn), cell("-", ui.Faint),
				cell("deleting; paused; no namespace yet; missing: b; drifted: c, d, e and 2 more; shadowed: h; zombie: i; "+
					"no template: h, j; being deleted: j; waiting: 1", ui.Bad),
			},
		},
		"nothing in it": {
			reportv1alpha1.ClusterStatus{KKPStatus: &reportv1alpha1.KKPStatus{Paused: true, Namespace: "n", Constraints: &reportv1alpha1.ConstraintStatus{}}},
			[]ui.Cell{cell("off", ui.Faint), cell("-", ui.Faint), cell("?", ui.Warn), cell("-", ui.Faint), cell("-", ui.Faint), cell("paused", ui.Warn)},
		},
	} {
		t.Run(name, func(t *testing.T) {
			tc.cluster.ID, tc.cluster.Name = "id", "name"
			want := ui.Table{
				Columns: []string{"cluster", "name", "opa", "gatekeeper", "templates", "constraints", "violations", "note"},
				Rows:    [][]ui.Cell{append([]ui.Cell{ui.Text("id"), ui.Text("name")}, tc.want...)},
			}
			got := kkpTable(reportv1alpha1.StatusReport{Clusters: []reportv1alpha1.ClusterStatus{tc.cluster}})
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestSeedColumn shows seeds only where there are several.
func TestSeedColumn(t *testing.T) {
	of := func(seed string) reportv1alpha1.ClusterStatus {
		return reportv1alpha1.ClusterStatus{KKPStatus: &reportv1alpha1.KKPStatus{Seed: seed}}
	}
	got := kkpTable(reportv1alpha1.StatusReport{Clusters: []reportv1alpha1.ClusterStatus{of(""), of("far")}})
	if got.Columns[2] != "seed" || got.Rows[0][2].Text != "-" || got.Rows[1][2].Text != "far" {
		t.Errorf("found %v, %v", got.Columns, got.Rows)
	}
	if got := kkpTable(reportv1alpha1.StatusReport{Clusters: []reportv1alpha1.ClusterStatus{of("far"), of("far")}}); len(got.Columns) != 8 {
		t.Errorf("found %v", got.Columns)
	}
}

func TestGatekeeperRow(t *testing.T) {
	now := time.Date(2026, 8, 1, 10, 1, 0, 0, time.UTC)
	up, seven := reportv1alpha1.ComponentStatus{State: "up"}, int64(7)
	for name, tc := range map[string]struct {
		found reportv1alpha1.GatekeeperStatus
		want  []ui.Cell
	}{
		"all well": {
			reportv1alpha1.GatekeeperStatus{
				Version: "3.23.1", VersionExact: true, Controller: up, Audit: up, TotalViolations: &seven, LastAudit: "2026-08-01T10:00:40Z",
				Webhook:     reportv1alpha1.WebhookStatus{State: "up", FailurePolicy: "Ignore"},
				Templates:   &reportv1alpha1.InstalledTemplates{Total: 12},
				Constraints: &reportv1alpha1.InstalledConstraints{Total: 6, ByAction: map[string]int{"dryrun": 1, "odd": 1, "deny": 3, "warn": 1}, NotAudited: []string{"K/x"}},
			},
			[]ui.Cell{
				cell("3.23.1 up", ui.Good), ui.Text("Ignore"), ui.Text("12"), ui.Text("3 deny, 1 warn, 1 dryrun, 1 odd"), cell("7", ui.Warn),
				ui.Text("20s ago"), cell("not audited yet: 1", ui.Faint),
			},
		},
		"failing": {
			reportv1alpha1.GatekeeperStatus{
				Version: "3.23.1", VersionExact: true, Controller: reportv1alpha1.ComponentStatus{State: "partial", Replicas: 3, Ready: 1}, Audit: up,
				Webhook:     reportv1alpha1.WebhookStatus{State: "unknown"},
				Templates:   &reportv1alpha1.InstalledTemplates{Total: 1, Failing: []string{"x"}},
				Constraints: &reportv1alpha1.InstalledConstraints{Total: 1, ByAction: map[string]int{"deny": 1}, Failing: []string{"K/y"}, NotAudited: []string{"K/y"}},
			},
			[]ui.Cell{
				cell("3.23.1 controller 1/3 up", ui.Warn), unknown, cell("1", ui.Bad), cell("1 deny", ui.Bad), cell("-", ui.Faint), cell("-", ui.Faint),
				cell("failing template: x; failing: K/y", ui.Bad),
			},
		},
		"definitions alone": {
			reportv1alpha1.GatekeeperStatus{
				Version: "older than 3.10", Controller: reportv1alpha1.ComponentStatus{State: "absent"}, Audit: reportv1alpha1.ComponentStatus{State: "absent"},
				Webhook:   reportv1alpha1.WebhookStatus{State: "absent"},
				Templates: &reportv1alpha1.InstalledTemplates{}, Constraints: &reportv1alpha1.InstalledConstraints{}, TotalViolations: new(int64),
			},
			[]ui.Cell{
				cell("older than 3.10", ui.Bad), cell("none", ui.Bad), ui.Text("0"), ui.Text("0"), cell("0", ui.Good), cell("-", ui.Faint), {},
			},
		},
		"nothing may be read": {
			reportv1alpha1.GatekeeperStatus{
				Controller: reportv1alpha1.ComponentStatus{State: "unknown"}, Audit: reportv1alpha1.ComponentStatus{State: "unknown"},
				Webhook: reportv1alpha1.WebhookStatus{State: "unknown"},
			},
			[]ui.Cell{cell("?", ui.Warn), unknown, unknown, unknown, unknown, unknown, {}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := gatekeeperTable(reportv1alpha1.StatusReport{Clusters: []reportv1alpha1.ClusterStatus{{Gatekeeper: &tc.found}}}, now)
			want := ui.Table{
				Columns: []string{"gatekeeper", "webhook", "templates", "constraints", "violations", "audit", "note"},
				Rows:    [][]ui.Cell{tc.want},
			}
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
