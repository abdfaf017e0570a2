package kube

import (
	"net/http"
	"sync/atomic"
	"time"
)

// near is how soon a server answers that is so near that compressing takes
// longer than sending: the API server compresses some 200 MB/s, and that is
// what a list of all Pods may have.
const near = 5 * time.Millisecond

// plainWhereNear asks a server that has once answered that soon not to compress
// its answers. A tunnel's end may be near; what counts is who answers. All
// requests of one connection go through it, so that it learns from the first
// ones, which find out what is served.
func plainWhereNear(now func() time.Time, next http.RoundTripper) http.RoundTripper {
	var soon atomic.Bool
	return roundTripper(func(request *http.Request) (*http.Response, error) {
		if soon.Load() && request.Header.Get("Accept-Encoding") == "" {
			request = request.Clone(request.Context())
			request.Header.Set("Accept-Encoding", "identity")
		}
		start := now()
		response, err := next.RoundTrip(request)
		if err == nil && now().Sub(start) < near {
			soon.Store(true)
		}
		return response, err
	})
}
