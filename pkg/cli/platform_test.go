package cli

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/fleet"
	"github.com/kubectl-opa/kubectl-opa/pkg/kube"
	"github.com/kubectl-opa/kubectl-opa/pkg/platform"
)

// reader is a cluster that has the same objects everywhere.
type reader struct {
	objects []*unstructured.Unstructured
	err     error
}

func (r reader) Get(context.Context, platform.Place, string) (*unstructured.Unstructured, error) {
	return nil, r.err
}

func (r reader) List(context.Context, platform.Place, string) ([]*unstructured.Unstructured, error) {
	return r.objects, r.err
}

func TestEdition(t *testing.T) {
	running := func(edition string) reader {
		return reader{objects: []*unstructured.Unstructured{{Object: map[string]any{
			"kind": "KubermaticConfiguration", "status": map[string]any{"kubermaticEdition": edition},
		}}}}
	}
	const unknown = "warning: KKP's edition is unknown, taking it for the Enterprise Edition (--edition says which): "
	for name, tc := range map[string]struct {
		args    []string
		reader  reader
		want    fleet.Edition
		warning string
	}{
		"the Community Edition runs":  {nil, running("CE"), fleet.Community, ""},
		"the Enterprise Edition runs": {nil, running("EE"), fleet.Enterprise, ""},
		"the flag wins":               {[]string{"--edition", "ee"}, running("CE"), fleet.Enterprise, ""},
		"nothing is read for it":      {[]string{"--edition", "ce"}, reader{err: errors.New("forbidden")}, fleet.Community, ""},
		"it cannot be read":           {nil, reader{err: errors.New("forbidden")}, fleet.Unknown, unknown + "forbidden\n"},
		"nothing says it": {nil, reader{}, fleet.Unknown,
			unknown + "no KubermaticConfiguration in namespace kubermatic says in its status which edition runs\n"},
	} {
		t.Run(name, func(t *testing.T) {
			env, _, errs := process(nil)
			edition, flags := &Edition{}, pflag.NewFlagSet("", pflag.ContinueOnError)
			edition.AddFlags(flags)
			if err := errors.Join(flags.Parse(tc.args), edition.Validate()); err != nil {
				t.Fatal(err)
			}
			if got := edition.Resolve(t.Context(), env, platform.KKP{Reader: tc.reader}); got != tc.want {
				t.Errorf("want %q, found %q", tc.want, got)
			}
			if diff := cmp.Diff(tc.warning, errs.String()); diff != "" {
				t.Error(diff)
			}
		})
	}
	for _, value := range []string{"CE", "community"} {
		if err := (&Edition{Value: value}).Validate(); text(err) != `unknown --edition "`+value+`"` {
			t.Errorf("%s: %v", value, err)
		}
	}
}

// cluster is an API server that gives these answers, by path, and knows nothing
// else. The environment leads to it.
func cluster(t *testing.T, answers map[string]string) (env *Env, server *httptest.Server) {
	t.Helper()
	server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer, found := answers[r.URL.Path]
		w.Header().Set("Content-Type", "application/json")
		if !found {
			w.WriteHeader(http.StatusNotFound)
		}
		_, _ = io.WriteString(w, answer)
	}))
	t.Cleanup(server.Close)
	env, _, _ = process(nil)
	*env.Connection.APIServer, *env.Connection.CacheDir = server.URL, t.TempDir()
	env.client = env.newClient
	return env, server
}

func TestKKP(t *testing.T) {
	groups := func(name string) map[string]string {
		return map[string]string{
			"/api":  `{"kind":"APIVersions","versions":["v1"]}`,
			"/apis": `{"kind":"APIGroupList","apiVersion":"v1","groups":[{"name":"` + name + `","versions":[{"groupVersion":"` + name + `/v1","version":"v1"}]}]}`,
		}
	}
	t.Run("KKP", func(t *testing.T) {
		env, server := cluster(t, groups("kubermatic.k8c.io"))
		kkp, client, err := env.KKP(t.Context())
		if err != nil || kkp.Reader != client || client.Server() != server.URL {
			t.Errorf("found %v, %v, %v", kkp, client, err)
		}
	})
	t.Run("another cluster", func(t *testing.T) {
		env, server := cluster(t, groups("apps"))
		_, _, err := env.KKP(t.Context())
		if text(err) != server.URL+" is no KKP cluster: it does not serve kubermatic.k8c.io" ||
			!cmp.Equal(advice.Next(err), []string{"choose a KKP master or seed cluster with --context or --kubeconfig"}) {
			t.Errorf("found %v, next %q", err, advice.Next(err))
		}
	})
	t.Run("no kubeconfig", func(t *testing.T) {
		env, _, _ := process(nil)
		broken := errors.New("broken")
		env.client = func() (*kube.Client, error) { return nil, broken }
		if _, _, err := env.KKP(t.Context()); !errors.Is(err, broken) {
			t.Errorf("found %v", err)
		}
	})
}
