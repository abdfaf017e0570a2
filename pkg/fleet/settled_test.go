package fleet_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-opa/kubectl-opa/pkg/fleet"
)

func TestSettled(t *testing.T) {
	up := func(s *fleet.Status) { s.Controller, s.Audit = "HealthStatusUp", "HealthStatusUp" }
	off := func(s *fleet.Status) { s.OPA = false }
	for name, tc := range map[string]struct {
		changes []func(*fleet.Status)
		want    []string
	}{
		"on and up": {[]func(*fleet.Status){up}, nil},
		"just switched on": {nil, []string{
			"cluster a: gatekeeper controller has not shown its health yet", "cluster a: gatekeeper audit has not shown its health yet",
		}},
		"one is up": {
			[]func(*fleet.Status){up, func(s *fleet.Status) { s.Controller = "HealthStatusProvisioning" }},
			[]string{"cluster a: gatekeeper controller is provisioning"},
		},
		"down":                      {[]func(*fleet.Status){up, func(s *fleet.Status) { s.Audit = "HealthStatusDown" }}, []string{"cluster a: gatekeeper audit is down"}},
		"no namespace":              {[]func(*fleet.Status){func(s *fleet.Status) { s.Namespace = "" }}, []string{"cluster a has no namespace yet"}},
		"off":                       {[]func(*fleet.Status){off}, nil},
		"off and down":              {[]func(*fleet.Status){off, func(s *fleet.Status) { s.Controller = "HealthStatusDown" }}, nil},
		"off and up":                {[]func(*fleet.Status){up, off}, []string{"cluster a: gatekeeper controller is still up", "cluster a: gatekeeper audit is still up"}},
		"off, no matter what waits": {[]func(*fleet.Status){off, func(s *fleet.Status) { s.Namespace = ""; s.Constraints.Waiting = []string{"x"} }}, nil},
		"unreadable":                {[]func(*fleet.Status){up, func(s *fleet.Status) { s.Constraints = nil }}, nil},
		"defaults": {
			[]func(*fleet.Status){up, func(s *fleet.Status) {
				s.Constraints = found(func(c *fleet.Constraints) {
					c.InSync, c.Missing, c.Drifted, c.Shadowed = []string{"v"}, []string{"w", "x"}, []string{"y"}, []string{"z"}
					c.Zombies, c.Own, c.NoTemplate, c.Deleting = []string{"a"}, []string{"b", "z"}, []string{"b"}, []string{"c"}
				})
			}},
			[]string{
				"cluster a: default w is missing", "cluster a: default x is missing", "cluster a: default y has drifted",
				"cluster a: default z has not taken over the cluster's own constraint of that name yet",
			},
		},
		"paused":   {[]func(*fleet.Status){up, func(s *fleet.Status) { s.Paused = true }}, []string{"cluster a is paused"}},
		"deleting": {[]func(*fleet.Status){off, func(s *fleet.Status) { s.Paused, s.Deleting = true, true }}, []string{"cluster a is being deleted"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := status("a", func(s *fleet.Status) {
				for _, change := range tc.changes {
					change(s)
				}
			})
			if diff := cmp.Diff(tc.want, s.Settled()); diff != "" {
				t.Error(diff)
			}
			if s.LeftAlone() != (s.Paused || s.Deleting) {
				t.Errorf("LeftAlone is %v", s.LeftAlone())
			}
		})
	}
}
