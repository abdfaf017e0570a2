package kubequery

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
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
	halt  func(error) error
}

// reachOut are the builtins that are led elsewhere.
var reachOut = []*ast.Builtin{ast.HTTPSend, ast.NetLookupIPAddr}

// functions binds the builtins to one Rego object; without hosts there are none.
func (n network) functions() []func(*rego.Rego) {
	if len(n.hosts) == 0 {
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

// machine are the options of http.send that read files and the environment,
// which a policy sees neither of.
var machine = []string{
	"tls_ca_cert_file", "tls_ca_cert_env_variable",
	"tls_client_cert_file", "tls_client_cert_env_variable",
	"tls_client_key_file", "tls_client_key_env_variable",
}

// checkRequest refuses what must not even be tried. Names that a server in
// front of many hosts chooses by are held to the same list.
func (n network) checkRequest(request ast.Object) error {
	for _, option := range machine {
		if request.Get(ast.StringTerm(option)) != nil {
			return fmt.Errorf("%s is switched off: a policy sees neither files nor the environment", option)
		}
	}
	if text, ok := field(request, "url"); ok {
		// http.send drops quotes as well.
		target, err := url.Parse(strings.Trim(text, `"`))
		if err != nil {
			return fmt.Errorf("reading the url: %w", err)
		}
		if err := n.hosts.check(target); err != nil {
			return err
		}
	}
	for _, name := range n.names(request) {
		if !n.hosts.allowsName(name) {
			return notAllowed(name)
		}
	}
	return nil
}

// names are the hosts that a request names beside its URL.
func (network) names(request ast.Object) []string {
	names := []string{}
	if name, ok := field(request, "tls_server_name"); ok {
		names = append(names, strings.Trim(name, `"`))
	}
	headers := request.Get(ast.StringTerm("headers"))
	if headers == nil {
		return names
	}
	object, ok := headers.Value.(ast.Object)
	if !ok {
		return names
	}
	object.Foreach(func(key, value *ast.Term) {
		header, _ := key.Value.(ast.String)
		name, _ := value.Value.(ast.String)
		if http.CanonicalHeaderKey(string(header)) != "Host" {
			return
		}
		host, _, err := net.SplitHostPort(string(name))
		if err != nil {
			host = strings.Trim(string(name), "[]")
		}
		names = append(names, host)
	})
	return names
}

func field(object ast.Object, name string) (string, bool) {
	term := object.Get(ast.StringTerm(name))
	if term == nil {
		return "", false
	}
	text, ok := term.Value.(ast.String)
	return string(text), ok
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

// lead is a stage of the compiler that leads calls to the builtins of this
// evaluation. It comes when what a policy itself calls "http" has another name.
func (n network) lead(compiler *ast.Compiler) {
	if len(n.hosts) == 0 {
		return
	}
	compiler.WithStageAfterID(ast.StageRewriteTemplateStrings, ast.CompilerStageDefinition{
		Name:       "LeadCallsThatReachOut",
		MetricName: "lead_calls_that_reach_out",
		Stage: func(c *ast.Compiler) *ast.Error {
			for _, module := range c.Modules {
				n.leadCalls(module)
			}
			return nil
		},
	})
}

// leadCalls does so in a module or a query, wherever a builtin may be named:
// as what is called, and on both sides of "with … as …".
func (n network) leadCalls(node any) {
	if len(n.hosts) == 0 {
		return
	}
	ast.NewGenericVisitor(func(node any) bool {
		switch node := node.(type) {
		case *ast.Expr:
			if terms, ok := node.Terms.([]*ast.Term); ok {
				rename(terms[0])
			}
			for _, with := range node.With {
				rename(with.Target)
				rename(with.Value)
			}
		case ast.Call:
			rename(node[0])
		}
		return false
	}).Walk(node)
}

func rename(term *ast.Term) {
	i := slices.IndexFunc(reachOut, func(b *ast.Builtin) bool { return term.Value.Compare(b.Ref()) == 0 })
	if i >= 0 {
		term.Value = ast.MustParseRef(builtinPrefix + reachOut[i].Name)
	}
}

// ownNames gives the builtins in a message of OPA the names that policies know.
func ownNames(message string) string {
	for _, builtin := range reachOut {
		message = strings.ReplaceAll(message, builtinPrefix+builtin.Name, builtin.Name)
	}
	return message
}
