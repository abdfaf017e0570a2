// Package pki makes the certificates and keys of one control plane.
package pki

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"time"
)

const (
	// validity outlasts any test run or demo, and no more.
	validity = 30 * 24 * time.Hour
	// clockSkew keeps a certificate valid where a clock is set back a little.
	clockSkew = time.Hour
)

// A Pair is a certificate and its private key, both PEM.
type Pair struct {
	Cert, Key []byte
}

// An Authority signs certificates.
type Authority struct {
	cert   *x509.Certificate
	signer crypto.Signer
	pem    []byte
}

// NewAuthority makes a certificate authority that lives in memory only.
func NewAuthority() (*Authority, error) {
	signer, err := newKey()
	if err != nil {
		return nil, fmt.Errorf("making the certificate authority: %w", err)
	}
	template, err := newTemplate(pkix.Name{CommonName: "kubectl-opa-test-ca"})
	if err != nil {
		return nil, fmt.Errorf("making the certificate authority: %w", err)
	}
	template.IsCA = true
	template.BasicConstraintsValid = true
	template.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature
	der, err := x509.CreateCertificate(rand.Reader, template, template, signer.Public(), signer)
	if err != nil {
		return nil, fmt.Errorf("making the certificate authority: %w", err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("making the certificate authority: %w", err)
	}
	return &Authority{cert: cert, signer: signer, pem: encode("CERTIFICATE", der)}, nil
}

// Cert is the authority's certificate, PEM.
func (a *Authority) Cert() []byte { return a.pem }

// Server makes a serving certificate for the given host names and addresses.
func (a *Authority) Server(name string, hosts ...string) (Pair, error) {
	return a.issue(pkix.Name{CommonName: name}, x509.ExtKeyUsageServerAuth, hosts)
}

// Client makes a client certificate; Kubernetes takes the common name for the user and the organizations for the groups.
func (a *Authority) Client(user string, groups ...string) (Pair, error) {
	return a.issue(pkix.Name{CommonName: user, Organization: groups}, x509.ExtKeyUsageClientAuth, nil)
}

func (a *Authority) issue(subject pkix.Name, usage x509.ExtKeyUsage, hosts []string) (Pair, error) {
	key, err := newKey()
	if err != nil {
		return Pair{}, fmt.Errorf("making the certificate of %s: %w", subject.CommonName, err)
	}
	template, err := newTemplate(subject)
	if err != nil {
		return Pair{}, fmt.Errorf("making the certificate of %s: %w", subject.CommonName, err)
	}
	template.KeyUsage = x509.KeyUsageDigitalSignature
	template.ExtKeyUsage = []x509.ExtKeyUsage{usage}
	for _, host := range hosts {
		if ip := net.ParseIP(host); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, host)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, key.Public(), a.signer)
	if err != nil {
		return Pair{}, fmt.Errorf("making the certificate of %s: %w", subject.CommonName, err)
	}
	keyPEM, err := encodeKey(key)
	if err != nil {
		return Pair{}, fmt.Errorf("making the certificate of %s: %w", subject.CommonName, err)
	}
	return Pair{Cert: encode("CERTIFICATE", der), Key: keyPEM}, nil
}

// NewServiceAccountKey makes the key that service account tokens are signed with, PEM. It stands for both halves:
// kube-apiserver reads the public one from it.
func NewServiceAccountKey() ([]byte, error) {
	key, err := newKey()
	if err != nil {
		return nil, fmt.Errorf("making the service account key: %w", err)
	}
	return encodeKey(key)
}

// newKey makes an elliptic-curve key: an RSA one would take a noticeable part of the start.
func newKey() (*ecdsa.PrivateKey, error) {
	return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
}

func newTemplate(subject pkix.Name) (*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, err
	}
	now := time.Now()
	return &x509.Certificate{
		SerialNumber: serial,
		Subject:      subject,
		NotBefore:    now.Add(-clockSkew),
		NotAfter:     now.Add(validity),
	}, nil
}

// encodeKey writes a key as "EC PRIVATE KEY", the form of it that all Kubernetes components read.
func encodeKey(key *ecdsa.PrivateKey) ([]byte, error) {
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return nil, err
	}
	return encode("EC PRIVATE KEY", der), nil
}

func encode(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}
