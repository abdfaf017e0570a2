package setup

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"reflect"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Check is one thing that must be so.
type Check struct {
	// Name says what was looked at.
	Name string
	// Problem is what is wrong with it; "" if nothing is.
	Problem string
	// Next is what to do about it.
	Next string
}

// Live is what a cluster has; nil is what it has not.
type Live struct {
	Account, Secret, Config *unstructured.Unstructured
}

// Check judges what a cluster has.
func (o Options) Check(live Live) []Check {
	const apply = "apply it again with --apply"
	return []Check{
		{"ServiceAccount " + o.Name, o.account(live.Account), apply},
		{"Secret " + o.Name, o.secret(live.Secret), apply + "; a cluster whose token controller runs fills the Secret then"},
		{"ConfigMap " + o.Name, o.config(live.Config), apply},
	}
}

const missing = "it is not there"

func (o Options) account(account *unstructured.Unstructured) string {
	if account == nil {
		return missing
	}
	if mounts, found, _ := unstructured.NestedBool(account.Object, "automountServiceAccountToken"); !found || mounts {
		return "its token is mounted into every Pod that runs as it"
	}
	return ""
}

func (o Options) secret(secret *unstructured.Unstructured) string {
	if secret == nil {
		return missing
	}
	if kind, _, _ := unstructured.NestedString(secret.Object, "type"); kind != string(corev1.SecretTypeServiceAccountToken) {
		return fmt.Sprintf("its type is %q, not %s", kind, corev1.SecretTypeServiceAccountToken)
	}
	if account := secret.GetAnnotations()[corev1.ServiceAccountNameKey]; account != o.Name {
		return fmt.Sprintf("it is for the ServiceAccount %q, not %q", account, o.Name)
	}
	if Token(secret) == "" {
		return "there is no token in it yet"
	}
	if CA(secret) == "" {
		return "there is no " + corev1.ServiceAccountRootCAKey + " in it yet"
	}
	return ""
}

func (o Options) config(config *unstructured.Unstructured) string {
	if config == nil {
		return missing
	}
	text, _, _ := unstructured.NestedString(config.Object, "binaryData", BundleKey)
	switch bundle, err := base64.StdEncoding.DecodeString(text); {
	case text == "" || err != nil:
		return "it has no " + BundleKey
	case !bytes.Equal(bundle, o.Bundle):
		return "its bundle is another one than would be made now, of these policies and what the cluster serves"
	}
	return ""
}

// CheckDeployment judges whether a Deployment has what Connect would put into
// it; nil is one that is not there.
func (o Options) CheckDeployment(name, container string, deployment *unstructured.Unstructured) Check {
	check := Check{Name: "Deployment " + name, Next: "connect it with --apply --deployment " + name}
	if deployment == nil {
		check.Problem, check.Next = missing, "name the Deployment that runs OPA with --deployment"
		return check
	}
	connected := deployment.DeepCopy()
	if err := o.Connect(connected, container); err != nil {
		check.Problem = err.Error()
		return check
	}
	if !same(deployment, connected) {
		check.Problem = "it does not have the token, the certificate authority and the bundle"
	}
	return check
}

// same compares objects as the API server would write them: what is made here
// has other Go types than what was read.
func same(a, b *unstructured.Unstructured) bool {
	return reflect.DeepEqual(plain(a), plain(b))
}

func plain(object *unstructured.Unstructured) (value any) {
	text, err := object.MarshalJSON()
	if err == nil {
		err = json.Unmarshal(text, &value)
	}
	if err != nil {
		return err.Error()
	}
	return value
}

// Token is the token in a Secret; "" where there is none yet, or no Secret (nil).
func Token(secret *unstructured.Unstructured) string {
	return value(secret, corev1.ServiceAccountTokenKey)
}

// CA is the certificate authority in a Secret, as PEM; "" where there is none yet,
// or no Secret (nil).
func CA(secret *unstructured.Unstructured) string {
	return value(secret, corev1.ServiceAccountRootCAKey)
}

// value is one value of a Secret; what is no base64 is none.
func value(secret *unstructured.Unstructured, key string) string {
	if secret == nil {
		return ""
	}
	text, _, _ := unstructured.NestedString(secret.Object, "data", key)
	decoded, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return ""
	}
	return string(decoded)
}
