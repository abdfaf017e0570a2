package pki

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"slices"
	"testing"
)

func newAuthority(t *testing.T) (*Authority, *x509.CertPool) {
	t.Helper()
	authority, err := NewAuthority()
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(authority.Cert()) {
		t.Fatal("the authority's certificate cannot be read")
	}
	return authority, pool
}

// leaf reads a pair as a TLS library would, which checks that key and certificate belong together.
func leaf(t *testing.T, pair Pair, err error) *x509.Certificate {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	loaded, err := tls.X509KeyPair(pair.Cert, pair.Key)
	if err != nil {
		t.Fatal(err)
	}
	return loaded.Leaf
}

func TestServerCertificate(t *testing.T) {
	authority, pool := newAuthority(t)
	pair, err := authority.Server("kube-apiserver", "127.0.0.1", "localhost")
	cert := leaf(t, pair, err)
	for _, host := range []string{"127.0.0.1", "localhost"} {
		if _, err := cert.Verify(x509.VerifyOptions{Roots: pool, DNSName: host}); err != nil {
			t.Errorf("verifying for %s: %v", host, err)
		}
	}
	if _, err := cert.Verify(x509.VerifyOptions{Roots: pool, DNSName: "192.0.2.1"}); err == nil {
		t.Error("the certificate is valid for another host")
	}
	usages := []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	if _, err := cert.Verify(x509.VerifyOptions{Roots: pool, KeyUsages: usages}); err == nil {
		t.Error("the server's certificate is valid for a client")
	}
}

func TestClientCertificate(t *testing.T) {
	authority, pool := newAuthority(t)
	pair, err := authority.Client("admin", "system:masters")
	cert := leaf(t, pair, err)
	if cert.Subject.CommonName != "admin" || !slices.Equal(cert.Subject.Organization, []string{"system:masters"}) {
		t.Errorf("the certificate is of %s", cert.Subject)
	}
	usages := []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	if _, err := cert.Verify(x509.VerifyOptions{Roots: pool, KeyUsages: usages}); err != nil {
		t.Errorf("verifying for a client: %v", err)
	}
	_, other := newAuthority(t)
	if _, err := cert.Verify(x509.VerifyOptions{Roots: other, KeyUsages: usages}); err == nil {
		t.Error("the certificate is valid under another authority")
	}
}

func TestServiceAccountKey(t *testing.T) {
	key, err := NewServiceAccountKey()
	if err != nil {
		t.Fatal(err)
	}
	block, rest := pem.Decode(key)
	if block == nil || len(rest) > 0 {
		t.Fatalf("the key is not one PEM block: %q", key)
	}
	if _, err := x509.ParseECPrivateKey(block.Bytes); err != nil {
		t.Error(err)
	}
}
