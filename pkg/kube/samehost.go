package kube

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"

	"k8s.io/client-go/rest"
)

// stayOn returns what keeps requests on the server of a connection. The
// transport adds the credentials to every request; client-go's own clients
// follow redirects, also to somebody else.
func stayOn(config *rest.Config) func(http.RoundTripper) http.RoundTripper {
	base, _, err := rest.DefaultServerUrlFor(config)
	return func(next http.RoundTripper) http.RoundTripper {
		return roundTripper(func(request *http.Request) (*http.Response, error) {
			if err != nil {
				return nil, err
			}
			if !sameOrigin(base, request.URL) {
				return nil, fmt.Errorf("the server sends us on to %s, which gets no credentials", origin(request.URL))
			}
			return next.RoundTrip(request)
		})
	}
}

// sameOrigin tells whether two addresses lead to one server, in one protocol.
func sameOrigin(a, b *url.URL) bool { return strings.EqualFold(origin(a), origin(b)) }

func origin(address *url.URL) string {
	port := address.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[address.Scheme]
	}
	return address.Scheme + "://" + net.JoinHostPort(address.Hostname(), port)
}
