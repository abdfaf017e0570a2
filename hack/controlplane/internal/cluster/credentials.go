package cluster

import (
	"fmt"

	"github.com/kubectl-opa/kubectl-opa/hack/controlplane/internal/pki"
)

// credentials are what a control plane identifies itself and its clients with.
type credentials struct {
	ca                *pki.Authority
	server            pki.Pair
	admin             pki.Pair
	controllerManager pki.Pair
	serviceAccountKey []byte
}

func newCredentials() (*credentials, error) {
	ca, err := pki.NewAuthority()
	if err != nil {
		return nil, err
	}
	c := &credentials{ca: ca}
	c.server, err = ca.Server("kube-apiserver", Loopback, "localhost", kubernetesServiceIP, "kubernetes",
		"kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local")
	if err != nil {
		return nil, err
	}
	if c.admin, err = ca.Client("kubernetes-admin", "system:masters"); err != nil {
		return nil, err
	}
	// All controllers share one client, so it needs the sum of their permissions.
	if c.controllerManager, err = ca.Client("system:kube-controller-manager", "system:masters"); err != nil {
		return nil, err
	}
	c.serviceAccountKey, err = pki.NewServiceAccountKey()
	return c, err
}

// write puts everything that kube-apiserver reads into the work folder.
func (c *credentials) write(d *workDir) error {
	for name, content := range map[string][]byte{
		caCert:            c.ca.Cert(),
		serverCert:        c.server.Cert,
		serverKey:         c.server.Key,
		serviceAccountKey: c.serviceAccountKey,
	} {
		if err := d.write(name, content); err != nil {
			return fmt.Errorf("writing credentials: %w", err)
		}
	}
	return nil
}

// writeKubeconfigs writes the administrator's and kube-controller-manager's kubeconfig, and returns the former.
func (c *credentials) writeKubeconfigs(d *workDir, server string) ([]byte, error) {
	admin, err := kubeconfig(server, c.ca.Cert(), c.admin)
	if err != nil {
		return nil, err
	}
	if err := d.write(adminKubeconfig, admin); err != nil {
		return nil, fmt.Errorf("writing the kubeconfig: %w", err)
	}
	controllerManager, err := kubeconfig(server, c.ca.Cert(), c.controllerManager)
	if err != nil {
		return nil, err
	}
	if err := d.write(controllerKubeconfig, controllerManager); err != nil {
		return nil, fmt.Errorf("writing the kubeconfig of kube-controller-manager: %w", err)
	}
	return admin, nil
}

// CA is the certificate that servers of the control plane are trusted by, PEM.
func (c *Cluster) CA() []byte { return c.creds.ca.Cert() }

// ServingCert makes a certificate for a component that listens on loopback.
func (c *Cluster) ServingCert(name string) (pki.Pair, error) {
	return c.creds.ca.Server(name, Loopback)
}

// KubeconfigOf makes a kubeconfig for any user.
func (c *Cluster) KubeconfigOf(user string, groups ...string) ([]byte, error) {
	client, err := c.creds.ca.Client(user, groups...)
	if err != nil {
		return nil, err
	}
	return kubeconfig(c.Server, c.CA(), client)
}
