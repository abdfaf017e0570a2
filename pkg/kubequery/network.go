package kubequery

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// network is what policies have of OPA's builtins that reach out: http.send and
// net.lookup_ip_addr, for the allowed hosts only. Proxies of the environment
// are not used, since a proxy reaches whatever it likes; what a policy sends is
// what it says itself, without any credentials of the user.
//
// OPA always prefers the builtins of its process-wide table to those of one
// evaluation. So the calls are led to builtins of another name, as they are
// compiled.
type network struct {
	hosts hosts
	// mocked has the builtins be there though there are no hosts: then they can
	// be replaced by "with", and refuse what is not.
	mocked bool
	halt   func(error) error
}

// off tells whether policies do not have the builtins at all.
func (n network) off() bool { return len(n.hosts) == 0 && !n.mocked }

// functions binds the builtins to one Rego object.
func (n network) functions() []func(*rego.Rego) {
	if n.off() {
		return nil
	}
	bind := func(builtin *ast.Builtin, call func(rego.BuiltinContext, []*ast.Term) (*ast.Term, error)) func(*rego.Rego) {
		declaration := &rego.Function{Name: builtinPrefix + builtin.Name, Decl: builtin.Decl, Nondeterministic: true}
		return rego.FunctionDyn(declaration, call)
	}
	return []func(*rego.Rego){bind(ast.HTTPSend, n.send), bind(ast.NetLookupIPAddr, n.lookup)}
}

// send is http.send. What it refuses ends the evaluation, raise_error or not.
func (n network) send(bctx rego.BuiltinContext, operands []*ast.Term) (*ast.Term, error) {
	if request, ok := operands[0].Value.(ast.Object); ok {
		if err := n.checkRequest(request); err != nil {
			return nil, n.halt(fmt.Errorf("calling http.send: %w", err))
		}
	}
	// OPA's own check cannot tell IPv6 addresses apart, and knows no ports: each
	// request, those after redirects too, is checked where it leaves.
	bctx.Capabilities = &ast.Capabilities{}
	var refused error
	bctx.RoundTripper = func(asked *http.Transport) http.RoundTripper {
		return guard{hosts: n.hosts, next: direct(asked), refuse: func(err error) { refused = err }}
	}
	result, err := ownResult(ast.HTTPSend, bctx, operands)
	if refused != nil {
		return nil, n.halt(fmt.Errorf("calling http.send: %w", refused))
	}
	return result, err
}

// lookup is net.lookup_ip_addr.
func (n network) lookup(bctx rego.BuiltinContext, operands []*ast.Term) (*ast.Term, error) {
	if name, ok := operands[0].Value.(ast.String); ok && !n.hosts.allowsName(string(name)) {
		return nil, n.halt(fmt.Errorf("calling net.lookup_ip_addr: %w", notAllowed(string(name))))
	}
	bctx.Capabilities = &ast.Capabilities{}
	return ownResult(ast.NetLookupIPAddr, bctx, operands)
}

// ownResult calls a builtin of OPA that has one result.
func ownResult(builtin *ast.Builtin, bctx rego.BuiltinContext, operands []*ast.Term) (*ast.Term, error) {
	var result *ast.Term
	err := topdown.GetBuiltin(builtin.Name)(bctx, operands, func(term *ast.Term) error {
		result = term
		return nil
	})
	var halt topdown.Halt
	if errors.As(err, &halt) {
		return nil, rego.NewHaltError(halt.Err)
	}
	var problem *topdown.Error
	if errors.As(err, &problem) {
		return nil, errors.New(strings.TrimPrefix(problem.Message, builtin.Name+": "))
	}
	return result, err
}

// guard sends only what goes to allowed hosts.
type guard struct {
	hosts  hosts
	next   http.RoundTripper
	refuse func(error)
}

// RoundTrip implements http.RoundTripper.
func (g guard) RoundTrip(request *http.Request) (*http.Response, error) {
	err := g.hosts.check(request.URL)
	if err == nil {
		return g.next.RoundTrip(request)
	}
	if request.Body != nil {
		err = errors.Join(err, request.Body.Close())
	}
	if request.Response != nil {
		err = fmt.Errorf("following a redirect: %w", err)
	}
	g.refuse(err)
	return nil, err
}

// direct is a transport with the TLS settings that were asked for, and without
// a proxy or a way of its own to dial.
func direct(asked *http.Transport) *http.Transport {
	transport := &http.Transport{ForceAttemptHTTP2: true, DisableKeepAlives: true}
	if asked != nil {
		transport.TLSClientConfig = asked.TLSClientConfig
	}
	return transport
}
