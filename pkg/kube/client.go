// Package kube reaches clusters: it reads and changes objects, resolves
// resources by discovery and sends raw requests, all with the kubeconfig of
// the user.
package kube

import (
	"net/http"
	"net/url"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/dynamic"
	_ "k8s.io/client-go/plugin/pkg/client/auth" // OIDC and the other providers of kubeconfigs.
	"k8s.io/client-go/rest"

	"github.com/kubectl-opa/kubectl-opa/pkg/platform"
)

// FieldManager owns the fields that this plugin sets.
const FieldManager = "kubectl-opa"

// Getter makes the parts of a client from the user's connection flags.
type Getter interface {
	ToRESTConfig() (*rest.Config, error)
	ToDiscoveryClient() (discovery.CachedDiscoveryInterface, error)
	ToRESTMapper() (meta.RESTMapper, error)
}

// Client reaches one cluster.
type Client struct {
	server string
	config *rest.Config
	// name is what messages call a cluster that the user's kubeconfig does not
	// name; empty for the one that it does.
	name      string
	base      *url.URL
	http      *http.Client
	dynamic   dynamic.Interface
	discovery discovery.CachedDiscoveryInterface
	mapper    meta.RESTMapper
	// plugin is the program that gets the credentials; nil if none does.
	plugin *execPlugin
}

// New makes a client. No request is sent.
func New(getter Getter) (*Client, error) {
	config, err := getter.ToRESTConfig()
	if err != nil {
		return nil, explainConfig(err)
	}
	// The plugin's own bounds keep the load in check; client-go's default of
	// five requests a second would only make people wait.
	config.QPS, config.Burst = -1, 0
	httpClient, err := rest.HTTPClientFor(config)
	if err != nil {
		return nil, explainConfig(err)
	}
	base, _, err := rest.DefaultServerUrlFor(config)
	if err != nil {
		return nil, explainConfig(err)
	}
	dynamicClient, err := dynamic.NewForConfigAndClient(config, httpClient)
	if err != nil {
		return nil, explainConfig(err)
	}
	discoveryClient, err := getter.ToDiscoveryClient()
	if err != nil {
		return nil, explainConfig(err)
	}
	mapper, err := getter.ToRESTMapper()
	if err != nil {
		return nil, explainConfig(err)
	}
	server := config.Host
	if base.User != nil {
		server = base.Redacted()
	}
	return &Client{
		server: server, config: config, base: base, http: httpClient,
		dynamic: dynamicClient, discovery: discoveryClient, mapper: mapper, plugin: pluginOf(config),
	}, nil
}

// Server is the address of the API server, for messages.
func (c *Client) Server() string { return c.server }

func (c *Client) at(p platform.Place) dynamic.ResourceInterface {
	if p.Namespace == "" {
		return c.dynamic.Resource(p.GroupVersionResource)
	}
	return c.dynamic.Resource(p.GroupVersionResource).Namespace(p.Namespace)
}
