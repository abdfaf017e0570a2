package kube

import (
	"fmt"
	"net/http"
	"time"

	"k8s.io/client-go/rest"
)

// Observer is told what happens on the connections of a client.
type Observer struct {
	// Now is the clock.
	Now func() time.Time
	// Warn gets the warnings that an API server sends along.
	Warn func(text string)
	// Trace gets one line a request, without headers and bodies, which can
	// hold credentials. Tracing tells whether that is wanted.
	Trace   func(line string)
	Tracing func() bool
}

// Wrap prepares a connection for being observed, and for leading nowhere else.
func (o *Observer) Wrap(config *rest.Config) *rest.Config {
	config.WarningHandler = o
	config.Wrap(func(next http.RoundTripper) http.RoundTripper { return plainWhereNear(o.Now, next) })
	config.Wrap(stayOn(config))
	if o.Tracing() {
		config.Wrap(o.traceRequests)
	}
	return config
}

// HandleWarningHeader implements rest.WarningHandler. Only code 299 is meant
// for people, as in client-go.
func (o *Observer) HandleWarningHeader(code int, _, text string) {
	if code == 299 && text != "" {
		o.Warn("the server says: " + text)
	}
}

func (o *Observer) traceRequests(next http.RoundTripper) http.RoundTripper {
	return roundTripper(func(request *http.Request) (*http.Response, error) {
		start := o.Now()
		response, err := next.RoundTrip(request)
		result := "failed"
		if err == nil {
			result = response.Status
		}
		o.Trace(fmt.Sprintf("%s %s %s %s", request.Method, request.URL.Redacted(), result,
			o.Now().Sub(start).Round(time.Millisecond)))
		return response, err
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

// RoundTrip implements http.RoundTripper.
func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
