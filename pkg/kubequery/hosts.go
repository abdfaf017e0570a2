package kubequery

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
)

// Host is a host that policies may reach, beside the Kubernetes API.
type Host struct {
	// name is a lower-case name, or an IP address in its shortest form.
	name string
	// port is "" for every port.
	port string
}

// String is the host as ParseHost reads it.
func (h Host) String() string {
	if h.port != "" {
		return net.JoinHostPort(h.name, h.port)
	}
	return h.name
}

// hostName is what a name of a host is made of. Where it is not one that the
// resolver knows, the lookup says so.
var hostName = regexp.MustCompile(`^[\pL\pN_]([\pL\pN_.-]*[\pL\pN_])?$`)

// ParseHost reads HOST or HOST:PORT, where HOST is a name or an IP address;
// IPv6 addresses stand in brackets before a port. Without a port, every port
// is meant.
func ParseHost(text string) (Host, error) {
	switch {
	case strings.Contains(text, "://"):
		return Host{}, advice.Errorf("leave the scheme and the path out", "%s is a URL, want HOST or HOST:PORT", advice.Quote(text))
	case strings.Contains(text, "*"):
		return Host{}, advice.Errorf("name each host", "%s is a pattern, want HOST or HOST:PORT", advice.Quote(text))
	}
	if address, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(text, "["), "]")); err == nil {
		return Host{name: address.String()}, nil
	}
	name, port := text, ""
	if strings.Contains(text, ":") {
		var err error
		if name, port, err = net.SplitHostPort(text); err != nil {
			return Host{}, fmt.Errorf("%s is neither HOST nor HOST:PORT: %w", advice.Quote(text), addressProblem(err))
		}
		if number, err := strconv.ParseUint(port, 10, 16); err != nil || number == 0 {
			return Host{}, fmt.Errorf("%s has no port between 1 and 65535", advice.Quote(text))
		}
		port = strings.TrimLeft(port, "0")
	}
	name = canonicalName(name)
	if _, err := netip.ParseAddr(name); err != nil && !hostName.MatchString(name) {
		return Host{}, fmt.Errorf("%s is no host, want HOST or HOST:PORT", advice.Quote(text))
	}
	return Host{name: name, port: port}, nil
}

// addressProblem is the reason alone: what it is about was said already.
func addressProblem(err error) error {
	var address *net.AddrError
	if errors.As(err, &address) {
		return errors.New(address.Err)
	}
	return err
}

// canonicalName makes equal what means the same host.
func canonicalName(name string) string {
	if address, err := netip.ParseAddr(name); err == nil {
		return address.String()
	}
	return strings.ToLower(strings.TrimSuffix(name, "."))
}

// hosts are all that policies may reach.
type hosts []Host

// allowsName tells whether a host is allowed, on whatever port.
func (h hosts) allowsName(name string) bool {
	return slices.ContainsFunc(h, func(host Host) bool { return host.name == canonicalName(name) })
}

// allows tells whether a host is allowed on a port; an empty port stands for
// the one of the scheme.
func (h hosts) allows(scheme, name, port string) bool {
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[scheme]
	}
	return slices.ContainsFunc(h, func(host Host) bool {
		return host.name == canonicalName(name) && (host.port == "" || host.port == port)
	})
}

// check refuses URLs that lead elsewhere: to a host that is not allowed, or
// past all hosts to a socket of this machine.
func (h hosts) check(target *url.URL) error {
	if target.Scheme != "http" && target.Scheme != "https" {
		return fmt.Errorf("a policy may ask by http and https, not by %s", advice.Quote(target.Scheme))
	}
	if !h.allows(target.Scheme, target.Hostname(), target.Port()) {
		return notAllowed(target.Host)
	}
	return nil
}

func notAllowed(host string) error {
	return advice.Errorf("where policies may reach it, name it with --allow-net", "%s is no host that policies may reach", advice.Quote(host))
}
