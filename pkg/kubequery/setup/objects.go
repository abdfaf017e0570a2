// Package setup makes what an OPA in a cluster needs to ask the Kubernetes API:
// a ServiceAccount with a token and its rights, a ConfigMap with the bundle of
// the client and the policies, and what its Deployment must have of them. It
// also judges whether all of that is there and works.
package setup

import (
	"encoding/base64"
	"fmt"
	"maps"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
)

const (
	// TokenVariable is the environment variable that the client reads the token
	// of the ServiceAccount from.
	TokenVariable = "KUBERNETES_API_TOKEN"
	// CAVariable is the one for the certificate authority of the API server.
	CAVariable = "KUBERNETES_API_CA"
	// ServerVariable is the one for the address of the API server. In a Pod it
	// is not needed.
	ServerVariable = "KUBERNETES_API_SERVER"
	// BundleKey is the key of the bundle in the ConfigMap, and its file's name.
	BundleKey = "bundle.tar.gz"

	// maxConfigMap is what the API server takes of data in a ConfigMap.
	maxConfigMap = 1 << 20
)

// Options say what to make.
type Options struct {
	// Name is the name of every object.
	Name string
	// Namespace is where the OPA runs.
	Namespace string
	// Roles are the roles and bindings of the ServiceAccount; none if it may
	// read nothing.
	Roles []*unstructured.Unstructured
	// Labels are on every object.
	Labels map[string]string
	// Bundle is the client, what the cluster serves, and the policies (.tar.gz).
	Bundle []byte
}

// Objects returns the manifests, in the order in which they can be applied:
// the ServiceAccount, which is not mounted; the Secret, which the token
// controller fills; the roles; and the ConfigMap. The error says that the
// bundle is larger than a ConfigMap may be.
func (o Options) Objects() ([]*unstructured.Unstructured, error) {
	if len(o.Bundle) > maxConfigMap {
		return nil, advice.Errorf("write it into a file with --bundle, and let OPA get it from a server for bundles",
			"the bundle has %d bytes, and a ConfigMap holds %d", len(o.Bundle), maxConfigMap)
	}
	account := o.object("v1", "ServiceAccount")
	account.Object["automountServiceAccountToken"] = false
	secret := o.object("v1", "Secret")
	secret.SetAnnotations(map[string]string{corev1.ServiceAccountNameKey: o.Name})
	secret.Object["type"] = string(corev1.SecretTypeServiceAccountToken)
	config := o.object("v1", "ConfigMap")
	config.Object["binaryData"] = map[string]any{BundleKey: base64.StdEncoding.EncodeToString(o.Bundle)}
	objects := []*unstructured.Unstructured{account, secret}
	objects = append(objects, o.Roles...)
	return append(objects, config), nil
}

func (o Options) object(apiVersion, kind string) *unstructured.Unstructured {
	object := &unstructured.Unstructured{Object: map[string]any{"apiVersion": apiVersion, "kind": kind}}
	object.SetName(o.Name)
	object.SetNamespace(o.Namespace)
	object.SetLabels(maps.Clone(o.Labels))
	return object
}

// Subject is what the API server calls the ServiceAccount.
func (o Options) Subject() string {
	return fmt.Sprintf("system:serviceaccount:%s:%s", o.Namespace, o.Name)
}
