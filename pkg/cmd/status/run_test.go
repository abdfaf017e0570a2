package status

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	reportv1alpha1 "github.com/kubectl-opa/kubectl-opa/pkg/api/report/v1alpha1"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
)

func TestWatch(t *testing.T) {
	up, provisioning := clusters(withHealth("a", "Up", "Up")), clusters(withHealth("a", "Up", "Provisioning"))
	forbidden := clusters(withHealth("a", "Up", "Up"))
	forbidden["constraints"] = errors.New("listing constraints: forbidden")
	away := state{"clusters": errors.New("away")}
	for name, tc := range map[string]struct {
		format           string
		states           []state
		wantOut, wantErr string
	}{
		"changes alone are shown": {
			"table", []state{provisioning, provisioning, up, up},
			"CLUSTER   NAME     OPA   GATEKEEPER           TEMPLATES   CONSTRAINTS   VIOLATIONS   NOTE\n" +
				"a         name-a   on    audit provisioning   0           -             -\n" +
				"CLUSTER   NAME     OPA   GATEKEEPER   TEMPLATES   CONSTRAINTS   VIOLATIONS   NOTE\n" +
				"a         name-a   on    up           0           -             -\n",
			"KKP Community Edition: selectors and disabled do not count\n",
		},
		"the server is away for a while": {
			"table", []state{up, away, away, up},
			"CLUSTER   NAME     OPA   GATEKEEPER   TEMPLATES   CONSTRAINTS   VIOLATIONS   NOTE\n" +
				"a         name-a   on    up           0           -             -\n",
			"KKP Community Edition: selectors and disabled do not count\nwarning: this is how it was, watching goes on: away\n",
		},
		"a right is lost": {
			"table", []state{up, forbidden, forbidden},
			"CLUSTER   NAME     OPA   GATEKEEPER   TEMPLATES   CONSTRAINTS   VIOLATIONS   NOTE\n" +
				"a         name-a   on    up           0           -             -\n" +
				"CLUSTER   NAME     OPA   GATEKEEPER   TEMPLATES   CONSTRAINTS   VIOLATIONS   NOTE\n" +
				"a         name-a   on    up           0           ?             -\n",
			"KKP Community Edition: selectors and disabled do not count\n" +
				"warning: how the constraints stand is unknown: listing constraints: forbidden\n",
		},
		"clusters come and go": {
			"table", []state{clusters(), up, clusters()},
			"CLUSTER   NAME     OPA   GATEKEEPER   TEMPLATES   CONSTRAINTS   VIOLATIONS   NOTE\n" +
				"a         name-a   on    up           0           -             -\n",
			"No user clusters found.\nKKP Community Edition: selectors and disabled do not count\nNo user clusters found.\n",
		},
		"documents": {
			"yaml", []state{clusters(), up, up, clusters()},
			"apiVersion: kubectl-opa/v1alpha1\nclusters: []\nedition: ce\nkind: StatusReport\nplatform: kkp\nunreadable: []\n---\n" + upYAML + "---\n" +
				"apiVersion: kubectl-opa/v1alpha1\nclusters: []\nedition: ce\nkind: StatusReport\nplatform: kkp\nunreadable: []\n",
			"",
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o, r, s, out, errs := newLook(t, tc.states...)
				o.output.Format = tc.format
				ctx, cancel := context.WithCancel(t.Context())
				s.done = cancel
				if err := o.watchWith(ctx, r); !errors.Is(err, context.Canceled) {
					t.Errorf("want an interruption, found %v", err)
				}
				if diff := cmp.Diff(tc.wantOut, out.String()); diff != "" {
					t.Error(diff)
				}
				if diff := cmp.Diff(tc.wantErr, errs.String()); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}

const upYAML = `apiVersion: kubectl-opa/v1alpha1
clusters:
- audit: HealthStatusUp
  constraints:
    deleting: []
    drifted: []
    inSync: []
    missing: []
    noTemplate: []
    own: []
    shadowed: []
    waiting: []
    zombies: []
  controller: HealthStatusUp
  deleting: false
  gatekeeper:
    audit:
      ready: 0
      replicas: 0
      state: absent
    constraints:
      byAction: {}
      failing: []
      notAudited: []
      origin:
        byHand: []
        drifted: []
        inSync: []
        leftover: []
        missing: []
      total: 0
    controller:
      ready: 0
      replicas: 0
      state: absent
    templates:
      failing: []
      origin:
        byHand: []
        drifted: []
        inSync: []
        leftover: []
        missing: []
      total: 0
    unreadable: []
    version: ""
    versionExact: false
    webhook:
      operations: []
      state: absent
  id: a
  name: name-a
  namespace: cluster-a
  opa: true
  paused: false
  pending: []
  provider: aws
  templates: 0
edition: ce
kind: StatusReport
platform: kkp
unreadable: []
`

func TestWait(t *testing.T) {
	down, up := withHealth("a", "Down", "Provisioning"), withHealth("a", "Up", "Up")
	unseen := state{"clusters": clusters(up)["clusters"], "constraints": errors.New("forbidden")}
	for name, tc := range map[string]struct {
		states       []state
		wantAudits   []string
		wantErr      string
		wantWarnings string
	}{
		"done":       {[]state{clusters(up)}, []string{"HealthStatusUp"}, "", ""},
		"done later": {[]state{clusters(down), clusters(up)}, []string{"HealthStatusUp"}, "", ""},
		"paused ones are left out": {
			[]state{clusters(paused(withHealth("b", "Down", "Down")), down), clusters(paused(withHealth("b", "Down", "Down")), up)},
			[]string{"HealthStatusUp", "HealthStatusDown"}, "",
			"warning: cluster b (name-b) is paused, KKP acts when it is resumed: not waited for\n",
		},
		"none": {
			[]state{clusters()}, nil, "nothing was evaluated: no user cluster to wait for", "",
		},
		"constraints cannot be seen": {
			[]state{unseen}, []string{"HealthStatusUp"}, "",
			"warning: how the constraints stand is unknown: forbidden\nwarning: constraints cannot be seen: only Gatekeeper's health is waited for\n",
		},
		"too late": {
			[]state{clusters(down), clusters(down), clusters(down)}, []string{"HealthStatusProvisioning"},
			"timed out after 500ms, still missing:\ncluster a: gatekeeper controller is down\ncluster a: gatekeeper audit is provisioning", "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o, r, _, _, errs := newLook(t, tc.states...)
				o.env.Now = time.Now
				o.wait = cli.Wait{Wait: true, Timeout: 500 * time.Millisecond}
				seen, err := o.runWith(t.Context(), r)
				got := ""
				if err != nil {
					got = err.Error()
				}
				if diff := cmp.Diff(tc.wantErr, got); diff != "" {
					t.Error(diff)
				}
				var audits []string
				if seen != nil {
					audits = auditsOf(seen.report)
				}
				if diff := cmp.Diff(tc.wantAudits, audits); diff != "" {
					t.Error(diff)
				}
				if diff := cmp.Diff(tc.wantWarnings, errs.String()); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}

func auditsOf(report reportv1alpha1.StatusReport) (audits []string) {
	for _, cluster := range report.Clusters {
		audits = append(audits, cluster.Audit)
	}
	return audits
}

// TestLookStops shows that an interruption is no missing right.
func TestLookStops(t *testing.T) {
	_, r, _, _, _ := newLook(t, clusters())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := r.look(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("want the context's error, found %v", err)
	}
}
