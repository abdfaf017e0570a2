package cluster

import (
	"bytes"
	"testing"

	"k8s.io/client-go/tools/clientcmd"
)

func TestKubeconfigNeedsNoOtherFile(t *testing.T) {
	creds, err := newCredentials()
	if err != nil {
		t.Fatal(err)
	}
	content, err := kubeconfig("https://127.0.0.1:6443", creds.ca.Cert(), creds.admin)
	if err != nil {
		t.Fatal(err)
	}
	config, err := clientcmd.RESTConfigFromKubeConfig(content)
	if err != nil {
		t.Fatal(err)
	}
	if config.Host != "https://127.0.0.1:6443" || config.Insecure {
		t.Errorf("the client goes to %s, insecure: %v", config.Host, config.Insecure)
	}
	tls := config.TLSClientConfig
	if tls.CAFile+tls.CertFile+tls.KeyFile != "" {
		t.Errorf("the client reads %q, %q, %q", tls.CAFile, tls.CertFile, tls.KeyFile)
	}
	if !bytes.Equal(tls.CAData, creds.ca.Cert()) || !bytes.Equal(tls.CertData, creds.admin.Cert) || !bytes.Equal(tls.KeyData, creds.admin.Key) {
		t.Error("the client has other certificates than it was given")
	}
}
