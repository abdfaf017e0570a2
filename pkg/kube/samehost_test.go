package kube

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"k8s.io/client-go/rest"
)

func TestSameOrigin(t *testing.T) {
	for _, tc := range []struct {
		a, b string
		want bool
	}{
		{"https://h:6443", "https://h:6443/api", true},
		{"https://H", "https://h:443/x", true},
		{"http://h", "http://h:80", true},
		{"https://[::1]:6443", "https://[::1]:6443/api", true},
		{"https://h:6443", "https://h:6444", false},
		{"https://h", "https://h.example.com", false},
		{"https://h", "http://h", false},
		{"https://h:443", "http://h:443", false},
		{"https://user@h", "https://h", true},
	} {
		a, errA := url.Parse(tc.a)
		b, errB := url.Parse(tc.b)
		if errA != nil || errB != nil {
			t.Fatal(errA, errB)
		}
		if got := sameOrigin(a, b); got != tc.want {
			t.Errorf("%s, %s: found %t", tc.a, tc.b, got)
		}
	}
}

// TestConnectionsStay shows that clients which follow redirects take the
// credentials to no other server, and stay free to follow within one.
func TestConnectionsStay(t *testing.T) {
	leaked := 0
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { leaked++ }))
	defer other.Close()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/away":
			http.Redirect(w, r, other.URL, http.StatusFound)
		case "/within":
			http.Redirect(w, r, "/here", http.StatusFound)
		default:
			_, _ = io.WriteString(w, r.URL.Path+" "+r.Header.Get("Authorization"))
		}
	}))
	defer server.Close()
	observer := &Observer{Now: time.Now, Tracing: func() bool { return false }}
	client, err := rest.HTTPClientFor(observer.Wrap(&rest.Config{Host: server.URL, BearerToken: "secret"}))
	if err != nil {
		t.Fatal(err)
	}
	response, err := client.Get(server.URL + "/within")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if body, err := io.ReadAll(response.Body); err != nil || string(body) != "/here Bearer secret" {
		t.Errorf("want to get there, found %q, %v", body, err)
	}
	_, err = client.Get(server.URL + "/away") //nolint:bodyclose // there is none
	if err == nil || !strings.Contains(err.Error(), "the server sends us on to "+other.URL+", which gets no credentials") || leaked > 0 {
		t.Errorf("want nothing sent, found %v and %d requests", err, leaked)
	}
}
