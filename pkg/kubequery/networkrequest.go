package kubequery

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

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
