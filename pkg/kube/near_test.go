package kube

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestPlainWhereNear shows that answers are asked for uncompressed after one
// came soon, and that a request which says how it wants its answer is left alone.
func TestPlainWhereNear(t *testing.T) {
	clock := time.Time{}
	var takes time.Duration
	asked := []string{}
	transport := plainWhereNear(func() time.Time { return clock }, roundTripper(func(r *http.Request) (*http.Response, error) {
		clock = clock.Add(takes)
		asked = append(asked, r.Header.Get("Accept-Encoding"))
		if r.Header.Get("Fail") != "" {
			return nil, http.ErrServerClosed
		}
		return &http.Response{Body: http.NoBody}, nil
	}))
	send := func(after time.Duration, header http.Header) {
		takes = after
		request := (&http.Request{Header: header}).WithContext(t.Context())
		if response, err := transport.RoundTrip(request); err == nil {
			_ = response.Body.Close()
		}
		if header.Get("Accept-Encoding") == "identity" {
			t.Error("the request itself was changed")
		}
	}
	send(near, http.Header{})
	send(0, http.Header{"Fail": {"yes"}})
	send(near-1, http.Header{})
	send(near, http.Header{})
	send(near, http.Header{"Accept-Encoding": {"gzip"}})
	send(near, http.Header{})
	if diff := cmp.Diff([]string{"", "", "", "identity", "gzip", "identity"}, asked); diff != "" {
		t.Error(diff)
	}
}
