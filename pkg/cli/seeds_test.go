package cli

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/kube"
)

// TestFindCluster wants what FindClusters doubts to be a warning.
func TestFindCluster(t *testing.T) {
	master, europe := installation(t)
	env, errs := leadTo(t, master.URL)
	europe.Close()
	found, err := env.FindCluster(t.Context(), "prod")
	if err != nil || found.Cluster.Name != "a1" {
		t.Fatalf("found %v, %v", found, err)
	}
	want := `warning: cannot tell whether another user cluster is called prod, too: seed "europe": listing clusters.kubermatic.k8c.io: ` +
		"cannot reach the server " + europe.URL + ": connection refused\n"
	if diff := cmp.Diff(want, errs.String()); diff != "" {
		t.Error(diff)
	}
	if found, err := env.FindCluster(t.Context(), "dev"); found != nil || !errors.Is(err, kube.ErrUnreachable) {
		t.Errorf("found %v, %v", found, err)
	}
}

// TestOthersAreObserved wants requests to other clusters to be told like those
// to the one of the kubeconfig.
func TestOthersAreObserved(t *testing.T) {
	master, europe := installation(t)
	env, _ := leadTo(t, master.URL)
	mutex, lines := sync.Mutex{}, []string{}
	env.observer.Tracing = func() bool { return true }
	env.observer.Trace = func(line string) {
		mutex.Lock()
		defer mutex.Unlock()
		verb, _, _ := strings.Cut(line, "?")
		lines = append(lines, verb)
	}
	if _, err := env.FindCluster(t.Context(), "dev"); err != nil {
		t.Fatal(err)
	}
	if want := "GET " + europe.URL + clustersPath; !slices.Contains(lines, want) {
		t.Errorf("want %q among %q", want, lines)
	}
}

func TestChooseClusters(t *testing.T) {
	for name, tc := range map[string]struct {
		names    []string
		selector string
		want     []string
		err      string
	}{
		"all":                      {nil, "", []string{"/a1", "/a2", "europe/b1", "europe/b2"}, ""},
		"by label":                 {nil, "called=test", []string{"/a2", "europe/b2"}, ""},
		"none has the label":       {nil, "called=other", []string{}, ""},
		"by name":                  {[]string{"dev"}, "", []string{"europe/b1"}, ""},
		"no selector":              {nil, "called in", []string{}, "unable to parse requirement: found '' expected: '('"},
		"a name that is not there": {[]string{"other"}, "", []string{}, `user cluster "other": no such user cluster here`},
	} {
		t.Run(name, func(t *testing.T) {
			master, _ := installation(t)
			env, _ := leadTo(t, master.URL)
			chosen, doubts, err := env.ChooseClusters(t.Context(), tc.names, tc.selector)
			if chosen == nil {
				chosen = &Fleet{}
			}
			if diff := cmp.Diff(tc.want, places(chosen.Clusters)); diff != "" || len(doubts)+len(chosen.Missing) > 0 {
				t.Error(diff, doubts, chosen.Missing)
			}
			if diff := cmp.Diff(tc.err, text(err)); diff != "" {
				t.Error(diff)
			}
		})
	}
	t.Run("one seed is not there", func(t *testing.T) {
		master, europe := installation(t)
		env, _ := leadTo(t, master.URL)
		europe.Close()
		chosen, _, err := env.ChooseClusters(t.Context(), nil, "")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"/a1", "/a2"}, places(chosen.Clusters)); diff != "" {
			t.Error(diff)
		}
		if len(chosen.Missing) != 1 || !errors.Is(chosen.Missing[0], kube.ErrUnreachable) {
			t.Errorf("missing: %v", chosen.Missing)
		}
	})
}

// TestReach goes to a user cluster of the master, and to one of another seed,
// whose rights are not the user's own.
func TestReach(t *testing.T) {
	const (
		path  = "/api/v1/namespaces/cluster-%/secrets/admin-kubeconfig"
		see   = "KKP writes this Secret: see what its controllers say"
		by    = "without that right, take a kubeconfig of the user cluster itself: --kubeconfig FILE --platform gatekeeper"
		start = "reading the kubeconfig of the user cluster in namespace cluster-%: "
		get   = `getting secrets "admin-kubeconfig" in namespace cluster-%: `
	)
	for name, tc := range map[string]struct {
		cluster, answer string
		err             string
		next            []string
		denied          bool
	}{
		"no Secret here": {"a1", "", start + get + "not found", []string{see}, false},
		"a Secret without a kubeconfig": {
			"a1", `{"kind":"Secret","apiVersion":"v1","metadata":{"name":"x"},"data":{"token":"UzNDUkVU"}}`,
			start + `secrets "admin-kubeconfig" in namespace cluster-% has no kubeconfig under the key "kubeconfig"`, []string{"it has: token"}, false,
		},
		"a broken kubeconfig": {
			"a1", secretOf("{"), "reading the kubeconfig of user cluster a1 (prod) (Secret cluster-%/admin-kubeconfig): unusable kubeconfig: it cannot be parsed",
			[]string{see}, false,
		},
		"no right here": {
			"a1", forbidden("secrets"), start + get + `forbidden: User "u" may not`,
			[]string{by, "ask for these rights, or use another identity (--context, --as)"}, true,
		},
		"no right behind another seed": {
			"b1", forbidden("secrets"), start + `seed "europe": ` + get + `forbidden: User "u" may not`,
			[]string{by, "the kubeconfig that KKP keeps for this cluster has too few rights: see its Secret"}, false,
		},
	} {
		t.Run(name, func(t *testing.T) {
			master, europe := installation(t)
			if tc.answer != "" {
				master.answers[strings.Replace(path, "%", tc.cluster, 1)] = tc.answer
				europe.answers[strings.Replace(path, "%", tc.cluster, 1)] = tc.answer
			}
			env, _ := leadTo(t, master.URL)
			found, err := env.FindCluster(t.Context(), tc.cluster)
			if err != nil {
				t.Fatal(err)
			}
			client, err := env.Reach(t.Context(), found)
			if diff := cmp.Diff(strings.ReplaceAll(tc.err, "%", tc.cluster), text(err)); diff != "" || client != nil {
				t.Error(diff, client)
			}
			if diff := cmp.Diff(tc.next, advice.Next(err)); diff != "" {
				t.Error(diff)
			}
			if Denied(err) != tc.denied {
				t.Errorf("denied: %v", !tc.denied)
			}
		})
	}
	t.Run("no namespace yet", func(t *testing.T) {
		master, _ := installation(t)
		master.answers[clustersPath] = strings.Replace(master.answers[clustersPath], "cluster-a1", "", 1)
		env, _ := leadTo(t, master.URL)
		found, err := env.FindCluster(t.Context(), "a1")
		if err != nil {
			t.Fatal(err)
		}
		_, err = env.Reach(t.Context(), found)
		if text(err) != `user cluster "a1" has no namespace yet` || !cmp.Equal(advice.Next(err), []string{"wait until KKP has set the cluster up"}) || len(master.secrets) > 0 {
			t.Errorf("found %v, next %q, Secrets %q", err, advice.Next(err), master.secrets)
		}
	})
}

// TestGatekeeper goes all the way: over the master and a seed to a user
// cluster, by its name.
func TestGatekeeper(t *testing.T) {
	master, europe := installation(t)
	user := serve(t, map[string]string{"/apis": groupsOf("templates.gatekeeper.sh")})
	europe.answers["/api/v1/namespaces/cluster-b1/secrets/admin-kubeconfig"] = secretOf(kubeconfigOf(user.URL))
	env, _ := leadTo(t, master.URL)
	for name, want := range map[string][]string{"dev": {"templates.gatekeeper.sh"}, "": {"kubermatic.k8c.io"}} {
		gatekeeper, err := env.Gatekeeper(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		groups, err := gatekeeper.Groups(t.Context())
		if diff := cmp.Diff(want, groups); diff != "" || err != nil {
			t.Errorf("%q: %s%v", name, diff, err)
		}
	}
	gatekeeper, err := env.Gatekeeper(t.Context(), "dev")
	if err != nil {
		t.Fatal(err)
	}
	user.answers["/apis"] = failure(http.StatusUnauthorized, "Unauthorized", "who?")
	_, err = gatekeeper.Groups(t.Context())
	if want := "user cluster b1 (dev): asking which APIs are served: " + user.URL + " does not accept these credentials: who?"; text(err) != want {
		t.Errorf("want %s, found %v", want, err)
	}
	if _, err := env.Gatekeeper(t.Context(), "other"); text(err) != `user cluster "other": no such user cluster here` {
		t.Errorf("found %v", err)
	}
}

func TestRequestTimeout(t *testing.T) {
	for given, want := range map[string]time.Duration{"0": 0, "90s": 90 * time.Second} {
		env, _ := leadTo(t, "http://127.0.0.1:1")
		*env.Connection.Timeout = given
		if got := env.RequestTimeout(); got != want {
			t.Errorf("%s: found %s", given, got)
		}
	}
}
