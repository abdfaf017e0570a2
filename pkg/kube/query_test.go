package kube

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/rest"

	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery"
	"github.com/kubectl-opa/kubectl-opa/pkg/resources"
)

// getter makes a client of one server. Discovery and mapper are not needed.
type getter struct{ config *rest.Config }

func (g getter) ToRESTConfig() (*rest.Config, error) { return g.config, nil }

func (g getter) ToDiscoveryClient() (discovery.CachedDiscoveryInterface, error) { return nil, nil }

func (g getter) ToRESTMapper() (meta.RESTMapper, error) { return nil, nil }

// serve starts a server, and returns what queries ask it through.
func serve(t *testing.T, path string, handler http.HandlerFunc) *Queries {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	client, err := New(getter{&rest.Config{Host: server.URL + path, BearerToken: "secret"}})
	if err != nil {
		t.Fatal(err)
	}
	return client.Queries()
}

var (
	widgets = resources.Resource{Group: "example.com", Version: "v1", Name: "widgets", Namespaced: true}
	nodes   = resources.Resource{Version: "v1", Name: "nodes"}
)

func TestDoSendsOneGet(t *testing.T) {
	var sent string
	queries := serve(t, "/k8s/c-1", func(w http.ResponseWriter, r *http.Request) {
		sent = strings.Join([]string{r.Method, r.RequestURI, r.URL.Path, r.Header.Get("Accept"), r.Header.Get("Authorization")}, "\n")
		w.Header().Set("X-Test", "yes")
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, "body")
	})
	response, err := queries.Do(t.Context(), kubequery.Request{
		Resource: widgets, Namespace: "a b", Name: "x?watch=true\n", Limit: 7, LabelSelector: "a=b&watch=true",
	})
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Join([]string{
		"GET",
		"/k8s/c-1/apis/example.com/v1/namespaces/a%20b/widgets/x%3Fwatch=true%0A?labelSelector=a%3Db%26watch%3Dtrue&limit=7",
		"/k8s/c-1/apis/example.com/v1/namespaces/a b/widgets/x?watch=true\n",
		"application/json", "Bearer secret",
	}, "\n")
	if diff := cmp.Diff(want, sent); diff != "" {
		t.Error(diff)
	}
	body, err := io.ReadAll(response.Body)
	if err != nil || string(body) != "body" || response.StatusCode != 404 || response.Status != "404 Not Found" || response.Header.Get("X-Test") != "yes" {
		t.Errorf("found %+v with body %q, %v", response, body, err)
	}
}

func TestDoRetries(t *testing.T) {
	for name, tc := range map[string]struct {
		code       int
		retryAfter string
		busy       int
		want       int
		requests   int
	}{
		"busy":               {code: 429, retryAfter: "0", busy: 2, want: 200, requests: 3},
		"unavailable":        {code: 503, retryAfter: "0", busy: 1, want: 200, requests: 2},
		"busy for good":      {code: 429, retryAfter: "0", busy: 100, want: 429, requests: 6},
		"no time given":      {code: 503, busy: 100, want: 503, requests: 1},
		"too long to wait":   {code: 429, retryAfter: "3600", busy: 100, want: 429, requests: 1},
		"a date":             {code: 429, retryAfter: "Fri, 31 Dec 1999 23:59:59 GMT", busy: 100, want: 429, requests: 1},
		"refused, not busy":  {code: 403, retryAfter: "0", busy: 100, want: 403, requests: 1},
		"below zero seconds": {code: 429, retryAfter: "-1", busy: 100, want: 429, requests: 1},
	} {
		t.Run(name, func(t *testing.T) {
			requests := 0
			queries := serve(t, "", func(w http.ResponseWriter, _ *http.Request) {
				requests++
				if requests <= tc.busy {
					w.Header().Set("Retry-After", tc.retryAfter)
					w.WriteHeader(tc.code)
				}
			})
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			response, err := queries.Do(ctx, kubequery.Request{Resource: nodes})
			if err != nil {
				t.Fatal(err)
			}
			if response.StatusCode != tc.want || requests != tc.requests {
				t.Errorf("want %d after %d requests, found %d after %d", tc.want, tc.requests, response.StatusCode, requests)
			}
		})
	}
}

func TestDoStopsWaiting(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	queries := serve(t, "", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "20")
		w.WriteHeader(http.StatusTooManyRequests)
		time.AfterFunc(10*time.Millisecond, cancel)
	})
	start := time.Now()
	_, err := queries.Do(ctx, kubequery.Request{Resource: nodes})
	if !errors.Is(err, context.Canceled) || time.Since(start) > 10*time.Second {
		t.Errorf("want to stop at once, found %v after %s", err, time.Since(start))
	}
}

// TestDoFollowsNoRedirect shows that the token stays with the server that it
// is for: the transport would add it to a request to any other one.
func TestDoFollowsNoRedirect(t *testing.T) {
	var leaked string
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		leaked = r.Header.Get("Authorization")
	}))
	defer other.Close()
	queries := serve(t, "", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL, http.StatusFound)
	})
	response, err := queries.Do(t.Context(), kubequery.Request{Resource: nodes})
	if err != nil || response.StatusCode != http.StatusFound || leaked != "" {
		t.Errorf("want the redirect itself, found %+v, %v; leaked %q", response, err, leaked)
	}
}

func TestDoErrors(t *testing.T) {
	queries := serve(t, "", func(http.ResponseWriter, *http.Request) {})
	if _, err := queries.Do(t.Context(), kubequery.Request{Resource: nodes, Name: "a/b"}); !errors.Is(err, kubequery.ErrArgument) {
		t.Errorf("want the name refused, found %v", err)
	}
	queries.client.base.Host = "127.0.0.1:1"
	_, err := queries.Do(t.Context(), kubequery.Request{Resource: nodes})
	if err == nil || !strings.Contains(err.Error(), "reading nodes: cannot reach the server") {
		t.Errorf("want to hear what cannot be reached, found %v", err)
	}
}
