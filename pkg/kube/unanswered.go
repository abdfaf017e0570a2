package kube

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"

	"k8s.io/client-go/rest"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
)

// ErrUntrusted says that a server's certificate does not prove that it is the
// one of the kubeconfig.
var ErrUntrusted = errors.New("untrusted")

// ErrCredentials says that the program of a kubeconfig that gets credentials
// got none.
var ErrCredentials = errors.New("no credentials")

// explainUnanswered says why a request got no answer, where that is not the
// server's fault, and what to do next. It is nil where it may be.
func (c *Client) explainUnanswered(err error, doing string) error {
	var certificate *tls.CertificateVerificationError
	var dialed *net.OpError
	if _, reason, found := strings.Cut(err.Error(), gettingCredentials); found && c.plugin != nil {
		return c.explainPlugin(reason, doing)
	}
	if errors.As(err, &certificate) {
		return advice.Wrap(fmt.Errorf("%s: cannot trust the server %s: %w", doing, c.server, marked{root(err), ErrUntrusted}),
			"%s", nextTrust(certificate.Err))
	}
	if errors.As(err, &dialed) && dialed.Op == "proxyconnect" {
		return advice.Wrap(
			fmt.Errorf("%s: cannot reach the proxy on the way to the server %s: %w", doing, c.server, marked{root(err), ErrUnreachable}),
			"check proxy-url of the cluster in the kubeconfig, else HTTPS_PROXY and NO_PROXY")
	}
	return nil
}

// nextTrust is what to do about a certificate that is not accepted.
func nextTrust(err error) string {
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &host):
		return "check the address of the cluster in the kubeconfig; where the certificate has another name, set tls-server-name"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "check the clock of this machine, and whether the server has a newer certificate"
	default:
		return "check certificate-authority of the cluster in the kubeconfig, or --certificate-authority: it did not sign this server's certificate"
	}
}

// gettingCredentials is how client-go begins what it says of a program that
// gets credentials. Its errors have no type.
const gettingCredentials = "getting credentials: "

// explainPlugin says what went wrong with the program that gets credentials.
// What it printed is not repeated: it can be a credential.
func (c *Client) explainPlugin(reason, doing string) error {
	name := c.plugin.Command
	reason, _, _ = strings.Cut(reason, "\n") // client-go goes on with advice of its own
	next := fmt.Sprintf("run %s yourself to see why, or choose another identity with --context or --kubeconfig", advice.Quote(name))
	switch {
	case strings.HasSuffix(reason, " not found"), strings.HasSuffix(reason, ": no such file or directory"):
		reason = "it is not found"
		next = "install it, or correct its path in the kubeconfig"
		if c.plugin.InstallHint != "" {
			next = c.plugin.InstallHint
		}
	case strings.HasPrefix(reason, "decoding stdout: "):
		reason = "what it prints is no ExecCredential"
	default:
		reason = strings.TrimPrefix(reason, "exec: ")
	}
	return advice.Wrap(fmt.Errorf("%s: getting credentials with the program %s of the kubeconfig: %w",
		doing, advice.Quote(name), marked{errors.New(reason), ErrCredentials}), "%s", next)
}

// renews tells whether a request that was answered with 401 can be sent again
// with success: client-go has run the program again by then, but returns the
// answer that it had.
func (c *Client) renews() bool { return c.plugin != nil }

// pluginOf is the program that gets the credentials of a connection, nil where
// there is none, or other credentials go before it.
func pluginOf(config *rest.Config) *execPlugin {
	if config.ExecProvider == nil {
		return nil
	}
	return &execPlugin{Command: config.ExecProvider.Command, InstallHint: config.ExecProvider.InstallHint}
}

// execPlugin is what there is to say of a program that gets credentials.
type execPlugin struct{ Command, InstallHint string }
