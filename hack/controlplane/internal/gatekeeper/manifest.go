package gatekeeper

import (
	"encoding/base64"
	"fmt"
	"net"
	"strconv"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/hack/controlplane/internal/cluster"
	"github.com/kubectl-opa/kubectl-opa/hack/controlplane/internal/crds"
)

// A manifest is what is used of Gatekeeper's release. Left out are the Secret and the Service, as processes have neither, the
// budget and the quota of Pods, and the webhook that mutates: nothing here mutates, and every request would wait for it.
type manifest struct {
	crds     []*unstructured.Unstructured
	objects  []*unstructured.Unstructured // in their order
	statuses []*unstructured.Unstructured // of some of the objects
	webhook  *unstructured.Unstructured
}

// applied are the kinds that are applied as they are.
var applied = map[string]bool{
	"ServiceAccount":     true,
	"Role":               true,
	"RoleBinding":        true,
	"ClusterRole":        true,
	"ClusterRoleBinding": true,
}

func split(all []*unstructured.Unstructured) (*manifest, error) {
	m := &manifest{crds: crds.Of(all)}
	var deployments int
	for _, object := range all {
		switch kind := object.GetKind(); {
		case applied[kind]:
			m.objects = append(m.objects, object)
		case kind == "Namespace":
			m.objects = append(m.objects, namespaceObject(object))
		case kind == "Deployment":
			deployment, pod, err := workload(object)
			if err != nil {
				return nil, err
			}
			m.objects = append(m.objects, deployment, pod)
			m.statuses = append(m.statuses, deploymentStatus(deployment), podStatus(pod))
			deployments++
		case kind == "ValidatingWebhookConfiguration":
			m.webhook = object
		}
	}
	if len(m.crds) == 0 || m.webhook == nil || deployments != 2 {
		return nil, fmt.Errorf("it has %d CRDs, %d Deployments of 2, webhooks: %t; is it of another version?",
			len(m.crds), deployments, m.webhook != nil)
	}
	return m, nil
}

// webhookConfig leads the webhooks to a port of ours, and leaves all else as Gatekeeper has it.
func webhookConfig(config *unstructured.Unstructured, port int, ca []byte) (*unstructured.Unstructured, error) {
	config = config.DeepCopy()
	webhooks, _, err := unstructured.NestedSlice(config.Object, "webhooks")
	if err != nil {
		return nil, err
	}
	for _, item := range webhooks {
		webhook, _ := item.(map[string]any)
		path, found, _ := unstructured.NestedString(webhook, "clientConfig", "service", "path")
		if !found {
			return nil, fmt.Errorf("reading the webhook %v: it has no service with a path", webhook["name"])
		}
		webhook["clientConfig"] = map[string]any{
			"url":      "https://" + net.JoinHostPort(cluster.Loopback, strconv.Itoa(port)) + path,
			"caBundle": base64.StdEncoding.EncodeToString(ca),
		}
	}
	return config, unstructured.SetNestedSlice(config.Object, webhooks, "webhooks")
}
