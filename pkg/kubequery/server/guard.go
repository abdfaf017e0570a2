package server

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"github.com/open-policy-agent/opa/v1/server/types"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
)

// guard keeps web pages out. A page on some site can have its reader's browser
// send requests to this machine, and, where it changes what its own name means
// (DNS rebinding), read the answers too. The first says so in Origin and
// Sec-Fetch-Site, the second in Host.
type guard struct {
	// wide is where more than this machine can reach the server. There is a token
	// then, which no page knows, and the names of the server are not known.
	wide   bool
	scheme string
	port   string
	next   http.Handler
}

// newGuard stands before a server that listens at an address.
func newGuard(at net.Addr, scheme string, wide bool, next http.Handler) guard {
	_, port, _ := net.SplitHostPort(at.String())
	return guard{wide: wide, scheme: scheme, port: port, next: next}
}

// ServeHTTP implements http.Handler.
func (g guard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-store")
	if err := g.check(r); err != nil {
		writeError(w, http.StatusForbidden, types.CodeUnauthorized, err)
		return
	}
	g.next.ServeHTTP(w, r)
}

// check says why a request is refused.
func (g guard) check(r *http.Request) error {
	if !g.wide && !g.own(r.Host) {
		return advice.Errorf(fmt.Sprintf("ask localhost:%s or 127.0.0.1:%s", g.port, g.port), "the Host %s is not this server", advice.Quote(r.Host))
	}
	for _, origin := range r.Header.Values("Origin") {
		if !g.ownOrigin(r, origin) {
			return fmt.Errorf("the Origin %s is foreign: pages of other sites may not ask this server", advice.Quote(origin))
		}
	}
	for _, site := range r.Header.Values("Sec-Fetch-Site") {
		if site != "same-origin" && site != "none" {
			return fmt.Errorf("the request is %s: pages of other sites may not ask this server", advice.Quote(site))
		}
	}
	return nil
}

// ownOrigin tells whether a page comes from this server.
func (g guard) ownOrigin(r *http.Request, origin string) bool {
	page, err := url.Parse(origin)
	if err != nil || origin != page.Scheme+"://"+page.Host || page.Scheme != g.scheme {
		return false
	}
	if g.wide {
		return strings.EqualFold(page.Host, r.Host)
	}
	return g.own(page.Host)
}

// own tells whether a host, perhaps with a port, is one of the server's own
// names on this machine.
func (g guard) own(text string) bool {
	host, port, err := net.SplitHostPort(text)
	if err != nil {
		host, port = strings.TrimSuffix(strings.TrimPrefix(text, "["), "]"), map[string]string{"http": "80", "https": "443"}[g.scheme]
	}
	if port != g.port {
		return false
	}
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Zone() == "" && ip.Unmap().IsLoopback()
}

// readOnly refuses requests that would change policies or data. To ask something
// by POST changes nothing.
func readOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.Method {
		case http.MethodGet, http.MethodHead, http.MethodPost:
			next.ServeHTTP(w, r)
		default:
			w.Header().Set("Allow", "GET, POST")
			writeError(w, http.StatusMethodNotAllowed, types.CodeInvalidOperation,
				advice.Errorf("start it with --allow-writes", "this server is read-only: it answers no %s", advice.Quote(r.Method)))
		}
	})
}

// under tells whether a path is another one or below it.
func under(path, parent string) bool { return path == parent || strings.HasPrefix(path, parent+"/") }
