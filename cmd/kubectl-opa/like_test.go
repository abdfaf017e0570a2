package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/cli-runtime/pkg/genericclioptions"

	"github.com/kubectl-opa/kubectl-opa/pkg/kube"
	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery"
	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery/offline"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
	"github.com/kubectl-opa/kubectl-opa/pkg/testcluster"
)

// likeAnswers makes objects on the API server, dumps them, and wants the dump
// to answer each question about each resource as the server does.
func likeAnswers(t *testing.T, cluster *testcluster.Cluster) {
	kubectl := func(args ...string) string {
		t.Helper()
		cmd := exec.Command(cluster.Kubectl, append(args, "--kubeconfig", cluster.Kubeconfig)...)
		output, err := cmd.Output()
		if err != nil {
			t.Fatalf("kubectl %s: %v", strings.Join(args, " "), err)
		}
		return string(output)
	}
	folder := filepath.Join(root, "testdata/offline")
	kubectl("apply", "--server-side", "-f", filepath.Join(folder, "definitions.yaml"))
	kubectl("wait", "--for=condition=Established", "crd", "-l", "like=yes", "--timeout=30s")
	kubectl("apply", "--server-side", "-f", filepath.Join(folder, "like.yaml"))
	kubectl("patch", "pod", "plain", "-n", "like", "--subresource=status", "--type=merge", "-p",
		`{"status": {"phase": "Running", "podIPs": [{"ip": "10.0.0.1"}, {"ip": "fd00::1"}], "podIP": "10.0.0.1", "nominatedNodeName": "other"}}`)
	kubectl("patch", "rc", "like", "-n", "like", "--subresource=status", "--type=merge", "-p", `{"status": {"replicas": 2}}`)
	names := strings.Fields(kubectl("api-resources", "--verbs=list", "-o", "name"))
	dump := kubectl("get", strings.Join(names, ","), "-A", "-l", "like=yes", "-o", "yaml")

	documents, err := manifest.Parse("dump", strings.NewReader(dump))
	if err != nil {
		t.Fatal(err)
	}
	from, err := offline.New(documents)
	if err != nil {
		t.Fatal(err)
	}
	config := genericclioptions.NewConfigFlags(true)
	cache := t.TempDir()
	config.KubeConfig, config.CacheDir = &cluster.Kubeconfig, &cache
	client, err := kube.New(config)
	if err != nil {
		t.Fatal(err)
	}
	c := comparison{live: client.Queries(), from: from, converted: map[string]int{}}
	for _, d := range documents {
		c.objects = append(c.objects, d.Object().GetName())
	}
	for _, word := range names {
		c.compare(t, word)
	}
	for _, word := range []string{
		"tokenreviews", "bindings", "localsubjectaccessreviews", "subjectaccessreviews", // these cannot be listed
		"horizontalpodautoscalers.v1.autoscaling", "gizmos.v1alpha1.like.example.com",
	} {
		c.compare(t, word)
	}
	t.Logf("%d questions", c.asked)
	want := map[string]int{"horizontalpodautoscalers.v1.autoscaling": 1, "gizmos.v1alpha1.like.example.com": 1}
	if diff := cmp.Diff(want, c.converted); diff != "" {
		t.Errorf("needed converting: %s", diff)
	}
}

// comparison asks a live cluster and a dump the same questions.
type comparison struct {
	live, from kubequery.Cluster
	// objects are the names of all objects.
	objects []string
	// converted are the resources that the dump has in another version.
	converted map[string]int
	asked     int
}

// fieldTerms are field selectors: what some resource supports, and what none does.
var fieldTerms = []string{
	"metadata.name=like", "metadata.name!=a", "metadata.namespace=like", "metadata.namespace!=like", "metadata.namespace=", "metadata.labels=a",
	"name=like", "spec.nodeName=like", "spec.host=like", "spec.restartPolicy=Never", "spec.restartPolicy=Always", "spec.schedulerName=mine",
	"spec.serviceAccountName=someone", "spec.hostNetwork=true", "spec.hostNetwork=false", "status.phase=Running", "status.phase!=Running",
	"status.phase=Active", "status.podIP=10.0.0.1", "status.podIP=", "status.podIPs=10.0.0.1", "status.podIPs=", "status.nominatedNodeName=other",
	"spec.unschedulable=true", "spec.unschedulable=false", "involvedObject.kind=Pod", "involvedObject.namespace=like", "involvedObject.name=plain",
	"involvedObject.uid=u", "involvedObject.apiVersion=v1", "involvedObject.resourceVersion=1", "involvedObject.fieldPath=spec",
	"regarding.kind=Pod", "regarding.namespace=like", "regarding.name=plain", "regarding.uid=u", "regarding.apiVersion=v1",
	"regarding.resourceVersion=1", "regarding.fieldPath=spec", "reason=Because", "reportingComponent=example.com/reporter",
	"reportingController=example.com/reporter", "source=kubelet", "source=example.com/reporter", "type=Warning", "type=example.com/typed",
	"type=Opaque", "spec.clusterIP=None", "spec.clusterIP=", "spec.type=ExternalName", "spec.type=ClusterIP", "status.successful=0",
	"status.succeeded=0", "status.replicas=2", "status.replicas=0", "spec.signerName=a", "spec.driver=example.com", "spec.colour=red",
	"spec.colour=", "spec.size=3", "spec.active=false", "spec.ratio=0.5", `metadata.name=a\=b\,c`, "a=b,c=d", "metadata.name=like,a=b", "a",
}

// compare asks everything about a resource.
func (c *comparison) compare(t *testing.T, word string) {
	resource, err := c.live.Resolve(context.Background(), word)
	if err != nil {
		t.Fatal(err)
	}
	if other, err := c.from.Resolve(context.Background(), word); err != nil || other != resource {
		t.Errorf("%s is %v, not %v: %v", word, other, resource, err)
		return
	}
	if resource.Name == "componentstatuses" {
		return // it makes its own objects
	}
	namespaces := []string{""}
	if resource.Namespaced {
		namespaces = []string{"", "like", "like-too", "nowhere"}
	}
	requests := []kubequery.Request{}
	for _, namespace := range namespaces {
		for _, selector := range []string{"like=yes", "like=yes,tier in (front, back)", "like=yes,!tier", "like=yes,tier=", "none", "tier notin (front", "!!a"} {
			requests = append(requests, kubequery.Request{Namespace: namespace, LabelSelector: selector})
		}
		if !resource.Namespaced || namespace != "" {
			for _, name := range append([]string{"nothing", "log"}, c.objects...) {
				requests = append(requests, kubequery.Request{Namespace: namespace, Name: name})
			}
		}
		requests = append(requests, kubequery.Request{Namespace: namespace, LabelSelector: "like=yes", Limit: 1},
			kubequery.Request{Namespace: namespace, LabelSelector: "none", Limit: 1}, kubequery.Request{Namespace: namespace, Continue: "bad"})
	}
	for _, term := range fieldTerms {
		requests = append(requests, kubequery.Request{Namespace: namespaces[len(namespaces)/2], LabelSelector: "like=yes", FieldSelector: term})
	}
	for _, request := range requests {
		request.Resource = resource
		if !c.same(t, word, request) {
			return
		}
	}
}

// same asks one question, and tells whether to go on.
func (c *comparison) same(t *testing.T, word string, request kubequery.Request) bool {
	c.asked++
	got, err := read(request, c.from)
	if err != nil && strings.Contains(err.Error(), "only an API server can convert it") {
		c.converted[word]++
		return false
	}
	if err != nil {
		t.Errorf("%+v: %v", request, err)
		return false
	}
	want, err := read(request, c.live)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%+v, live (-) and from the dump (+): %s", request, diff)
		return false
	}
	return true
}

// read is an answer without what is different in each: when it was given.
func read(request kubequery.Request, cluster kubequery.Cluster) (map[string]any, error) {
	response, err := cluster.Do(context.Background(), request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body := map[string]any{}
	if err := json.NewDecoder(response.Body).Decode(&body); err != nil {
		return nil, fmt.Errorf("%s: %w", response.Status, err)
	}
	items, isList := body["items"].([]any)
	if metadata, ok := body["metadata"].(map[string]any); ok {
		delete(metadata, "managedFields")
		if isList {
			delete(metadata, "resourceVersion")
		}
		// There is one where objects follow, those too that are not in the dump.
		if next, _ := metadata["continue"].(string); next != "" {
			delete(metadata, "continue")
		}
	}
	for _, item := range items {
		delete(item.(map[string]any)["metadata"].(map[string]any), "managedFields")
	}
	return map[string]any{"status": response.Status, "type": response.Header.Get("Content-Type"), "body": body}, nil
}
