package kube

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// ErrKubeconfig says that a kubeconfig leads nowhere.
var ErrKubeconfig = errors.New("unusable kubeconfig")

// patience bounds one request to a cluster that is reached through another
// one, where the user has not said how long to wait.
const patience = 20 * time.Second

// Other says how to reach a cluster that the user's kubeconfig does not name.
type Other struct {
	// Name is what messages call the cluster, such as: user cluster "x".
	Name string
	// Timeout bounds each request; 0 means a default.
	Timeout time.Duration
	// Wrap prepares the connection, see Observer; it may be nil.
	Wrap func(*rest.Config) *rest.Config
}

// FromKubeconfig makes a client from the text of a kubeconfig that a cluster
// holds in a Secret. No request is sent. Whoever may write that Secret must
// not get anything on this machine: a kubeconfig that runs a program or names
// a file is refused. Errors wrap ErrKubeconfig and quote nothing of the text.
func FromKubeconfig(text []byte, other Other) (*Client, error) {
	raw, err := clientcmd.Load(text)
	if err != nil {
		// The parser's words can hold what it could not parse.
		return nil, fmt.Errorf("%w: it cannot be parsed", ErrKubeconfig)
	}
	if err := refuseLocal(raw); err != nil {
		return nil, err
	}
	config, err := clientcmd.NewDefaultClientConfig(*raw, &clientcmd.ConfigOverrides{}).ClientConfig()
	if clientcmd.IsEmptyConfig(err) {
		return nil, fmt.Errorf("%w: it names no cluster", ErrKubeconfig)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKubeconfig, err)
	}
	config.Timeout = cmp.Or(other.Timeout, patience)
	if other.Wrap != nil {
		config = other.Wrap(config)
	}
	client, err := New(given{config})
	if err != nil {
		// The advice around it is about the kubeconfig of the user.
		return nil, fmt.Errorf("%w: %w", ErrKubeconfig, root(err))
	}
	client.name = other.Name
	return client, nil
}

// refuseLocal refuses what only makes sense on the machine where a kubeconfig
// was written.
func refuseLocal(config *clientcmdapi.Config) error {
	for name, user := range config.AuthInfos {
		for what, found := range map[string]bool{
			"runs a program":                user.Exec != nil,
			"has an auth provider":          user.AuthProvider != nil,
			"names a file with a token":     user.TokenFile != "",
			"names a file with credentials": user.ClientCertificate+user.ClientKey != "",
		} {
			if found {
				return fmt.Errorf("%w: user %q %s, and may have only what stands in the kubeconfig itself", ErrKubeconfig, name, what)
			}
		}
	}
	for name, cluster := range config.Clusters {
		if cluster.CertificateAuthority != "" {
			return fmt.Errorf("%w: cluster %q names a file with a certificate, which must stand in the kubeconfig itself", ErrKubeconfig, name)
		}
		if !isAddress(cluster.Server) || !isProxy(cluster.ProxyURL) {
			return fmt.Errorf("%w: cluster %q has a server or a proxy-url that is no address", ErrKubeconfig, name)
		}
	}
	return nil
}

// isAddress tells whether client-go takes the address of a server. Its own
// error quotes the address, which can hold a password.
func isAddress(server string) bool {
	_, _, err := rest.DefaultServerUrlFor(&rest.Config{Host: server})
	return err == nil
}

// isProxy is isAddress for a proxy, of which there may be none.
func isProxy(address string) bool {
	parsed, err := url.Parse(address)
	return address == "" || err == nil && slices.Contains([]string{"http", "https", "socks5"}, parsed.Scheme)
}

// given is a Getter of a connection that is known already.
type given struct{ config *rest.Config }

func (g given) ToRESTConfig() (*rest.Config, error) { return rest.CopyConfig(g.config), nil }

func (g given) ToDiscoveryClient() (discovery.CachedDiscoveryInterface, error) {
	client, err := discovery.NewDiscoveryClientForConfig(g.config)
	if err != nil {
		return nil, err
	}
	return memory.NewMemCacheClient(client), nil
}

func (g given) ToRESTMapper() (meta.RESTMapper, error) {
	client, err := g.ToDiscoveryClient()
	if err != nil {
		return nil, err
	}
	return restmapper.NewDeferredDiscoveryRESTMapper(client), nil
}
