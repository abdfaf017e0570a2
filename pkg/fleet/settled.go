package fleet

import (
	"fmt"
	"strings"

	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
)

// Health is KKP's word for the health of a component as people say it: up,
// down, provisioning, or empty where KKP has said nothing.
func Health(status kubermaticv1.HealthStatus) string {
	return strings.ToLower(strings.TrimPrefix(string(status), "HealthStatus"))
}

// LeftAlone tells whether KKP does nothing on the cluster, so that waiting for
// it to settle would never end.
func (s Status) LeftAlone() bool { return s.Paused || s.Deleting }

// Settled says what is still missing until KKP has brought the cluster to
// where its flag and the Default Constraints want it, a line each; empty means
// settled. What could not be read is not missing.
func (s Status) Settled() (missing []string) {
	say := func(format string, args ...any) {
		missing = append(missing, "cluster "+s.Cluster+fmt.Sprintf(format, args...))
	}
	switch {
	case s.Deleting:
		say(" is being deleted")
		return missing
	case s.Paused:
		say(" is paused")
		return missing
	case s.OPA && s.Namespace == "":
		say(" has no namespace yet")
		return missing
	}
	for _, component := range []struct {
		name   string
		health kubermaticv1.HealthStatus
	}{{"controller", s.Controller}, {"audit", s.Audit}} {
		if problem := s.unsettled(component.health); problem != "" {
			say(": gatekeeper %s %s", component.name, problem)
		}
	}
	if s.OPA && s.Constraints != nil {
		for _, list := range s.Constraints.unsettled() {
			for _, name := range list.names {
				say(": default %s %s", name, list.problem)
			}
		}
	}
	return missing
}

// unsettled says what is wrong with a component's health, "" if nothing is.
func (s Status) unsettled(health kubermaticv1.HealthStatus) string {
	switch {
	case s.OPA && health == "":
		return "has not shown its health yet"
	case s.OPA && health != kubermaticv1.HealthStatusUp:
		return "is " + Health(health)
	case !s.OPA && health != "" && health != kubermaticv1.HealthStatusDown:
		return "is still " + Health(health)
	}
	return ""
}

// problemList are Default Constraints that have the same problem.
type problemList struct {
	problem string
	names   []string
}

// unsettled are the Default Constraints that KKP still has to bring where it
// acts. Zombies are none of them: they stay.
func (c *Constraints) unsettled() []problemList {
	return []problemList{
		{"is missing", c.Missing},
		{"has drifted", c.Drifted},
		{"has not taken over the cluster's own constraint of that name yet", c.Shadowed},
	}
}
