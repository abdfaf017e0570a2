package cluster

import (
	"fmt"

	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"

	"github.com/kubectl-opa/kubectl-opa/hack/controlplane/internal/pki"
)

// kubeconfigName is the name of the cluster, the context and the prefix of the user.
const kubeconfigName = "controlplane"

// kubeconfig returns a kubeconfig that needs no other file, so that it can be copied, merged or mounted.
func kubeconfig(server string, ca []byte, client pki.Pair) ([]byte, error) {
	config := api.NewConfig()
	config.Clusters[kubeconfigName] = &api.Cluster{Server: server, CertificateAuthorityData: ca}
	config.AuthInfos[kubeconfigName+"-admin"] = &api.AuthInfo{
		ClientCertificateData: client.Cert,
		ClientKeyData:         client.Key,
	}
	config.Contexts[kubeconfigName] = &api.Context{Cluster: kubeconfigName, AuthInfo: kubeconfigName + "-admin"}
	config.CurrentContext = kubeconfigName
	content, err := clientcmd.Write(*config)
	if err != nil {
		return nil, fmt.Errorf("writing the kubeconfig for %s: %w", server, err)
	}
	return content, nil
}
