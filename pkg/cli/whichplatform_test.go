package cli

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/kube"
)

// TestPlatform asks clusters with all combinations of the two for each.
func TestPlatform(t *testing.T) {
	const (
		kkp, gatekeeper = "kubermatic.k8c.io", "templates.gatekeeper.sh"
		install         = "install Gatekeeper (https://open-policy-agent.github.io/gatekeeper/website/docs/install), or choose another cluster"
		noKKP           = "@ is no KKP cluster: it does not serve kubermatic.k8c.io|choose a KKP master or seed cluster with --context or --kubeconfig"
		noGatekeeper    = "@ has no Gatekeeper: it does not serve templates.gatekeeper.sh|" + install + " with --context"
		neither         = "@ has neither KKP nor Gatekeeper: it serves neither kubermatic.k8c.io nor templates.gatekeeper.sh|" +
			install + ", such as a KKP master, with --context"
	)
	for name, tc := range map[string]struct {
		groups []string
		// want are a platform or what is said, by --platform.
		want map[Platform]string
	}{
		"both":       {[]string{"apps", gatekeeper, kkp}, map[Platform]string{Auto: "kkp", OnKKP: "kkp", OnGatekeeper: "gatekeeper"}},
		"KKP":        {[]string{kkp}, map[Platform]string{Auto: "kkp", OnKKP: "kkp", OnGatekeeper: noGatekeeper}},
		"Gatekeeper": {[]string{gatekeeper}, map[Platform]string{Auto: "gatekeeper", OnKKP: noKKP, OnGatekeeper: "gatekeeper"}},
		"neither":    {[]string{"apps", "config.gatekeeper.sh"}, map[Platform]string{Auto: neither, OnKKP: noKKP, OnGatekeeper: noGatekeeper}},
	} {
		t.Run(name, func(t *testing.T) {
			got := map[Platform]string{}
			cluster := serve(t, map[string]string{"/apis": groupsOf(tc.groups...)})
			for given := range tc.want {
				env, _ := leadTo(t, cluster.URL)
				env.GivenPlatform = given
				platform, err := env.Platform(t.Context())
				if got[given] = string(platform); err != nil {
					got[given] += strings.Replace(err.Error(), cluster.URL, "@", 1) + "|" + strings.Join(advice.Next(err), "|")
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestPlatformIsAskedOnce wants one answer to serve all questions, but for an
// error.
func TestPlatformIsAskedOnce(t *testing.T) {
	cluster := serve(t, map[string]string{"/apis": failure(http.StatusInternalServerError, "InternalError", "broken")})
	env, _ := leadTo(t, cluster.URL)
	if _, err := env.Platform(t.Context()); text(err) != "asking which APIs are served: broken" {
		t.Errorf("found %v", err)
	}
	cluster.answers["/apis"] = groupsOf("kubermatic.k8c.io")
	if platform, err := env.Platform(t.Context()); platform != OnKKP || err != nil {
		t.Errorf("found %q, %v", platform, err)
	}
	cluster.Close()
	if _, _, err := env.KKP(t.Context()); err != nil {
		t.Errorf("asked again: %v", err)
	}
	env, _ = leadTo(t, cluster.URL)
	if _, err := env.Platform(t.Context()); !errors.Is(err, kube.ErrUnreachable) {
		t.Errorf("found %v", err)
	}
}

func TestValidatePlatform(t *testing.T) {
	for given, want := range map[Platform]string{
		Auto: "|", OnKKP: "|", OnGatekeeper: "|",
		"KKP": `unknown --platform "KKP"|choose auto, kkp or gatekeeper`,
		"":    `unknown --platform ""|choose auto, kkp or gatekeeper`,
	} {
		err := (&Env{GivenPlatform: given}).ValidatePlatform()
		if diff := cmp.Diff(want, text(err)+"|"+strings.Join(advice.Next(err), "|")); diff != "" {
			t.Error(diff)
		}
	}
}
