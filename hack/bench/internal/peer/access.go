package peer

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

const (
	account       = "bench"
	namespace     = metav1.NamespaceDefault
	tokenLifetime = 24 * time.Hour
)

// Access is how OPA reaches the API server: by the token of a ServiceAccount, as
// it does in a cluster.
type Access struct {
	server, caFile, token string
}

// NewAccess makes a ServiceAccount that may do everything, and a token of it.
// The CA's certificate is written to a folder.
func NewAccess(ctx context.Context, client kubernetes.Interface, config *rest.Config, dir string) (Access, error) {
	a := Access{server: config.Host, caFile: filepath.Join(dir, "ca.crt")}
	if err := os.WriteFile(a.caFile, config.CAData, 0o600); err != nil {
		return Access{}, fmt.Errorf("writing the CA's certificate: %w", err)
	}
	if err := makeAccount(ctx, client); err != nil {
		return Access{}, fmt.Errorf("making serviceaccount %s: %w", account, err)
	}
	request := &authenticationv1.TokenRequest{Spec: authenticationv1.TokenRequestSpec{ExpirationSeconds: new(int64(tokenLifetime / time.Second))}}
	made, err := client.CoreV1().ServiceAccounts(namespace).CreateToken(ctx, account, request, metav1.CreateOptions{})
	if err != nil {
		return Access{}, fmt.Errorf("making a token of serviceaccount %s: %w", account, err)
	}
	a.token = made.Status.Token
	return a, nil
}

func makeAccount(ctx context.Context, client kubernetes.Interface) error {
	meta := metav1.ObjectMeta{Name: account, Namespace: namespace}
	_, err := client.CoreV1().ServiceAccounts(namespace).Create(ctx, &corev1.ServiceAccount{ObjectMeta: meta}, metav1.CreateOptions{})
	if err != nil && !apierrors.IsAlreadyExists(err) {
		return err
	}
	binding := &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: account},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "cluster-admin"},
		Subjects:   []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Name: account, Namespace: namespace}},
	}
	_, err = client.RbacV1().ClusterRoleBindings().Create(ctx, binding, metav1.CreateOptions{})
	if apierrors.IsAlreadyExists(err) {
		return nil
	}
	return err
}

// environment is what the library reads. On a busy machine a list takes longer
// than OPA gives http.send, five seconds; the policy would come to no result.
func (a Access) environment() []string {
	return []string{
		"KUBERNETES_API_SERVER=" + a.server, "KUBERNETES_API_CA_FILE=" + a.caFile, "KUBERNETES_API_TOKEN=" + a.token,
		"HTTP_SEND_TIMEOUT=5m",
	}
}
