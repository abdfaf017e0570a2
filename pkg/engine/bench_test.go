package engine

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

// pod is a Pod as they are in a cluster: about 1.4 kB, no violation but of
// every hundredth.
func pod(i int) *unstructured.Unstructured {
	container := func(name, image string) any {
		probe := map[string]any{"httpGet": map[string]any{"path": "/healthz", "port": int64(8080)}, "periodSeconds": int64(10)}
		return map[string]any{
			"name": name, "image": image, "args": []any{"--port=8080", "--log-level=info"},
			"env":            []any{map[string]any{"name": "POD", "valueFrom": map[string]any{"fieldRef": map[string]any{"fieldPath": "metadata.name"}}}},
			"ports":          []any{map[string]any{"containerPort": int64(8080), "protocol": "TCP"}},
			"resources":      map[string]any{"limits": map[string]any{"cpu": "100m", "memory": "64Mi"}, "requests": map[string]any{"cpu": "10m", "memory": "32Mi"}},
			"readinessProbe": probe, "livenessProbe": probe,
			"volumeMounts": []any{map[string]any{"name": "data", "mountPath": "/data"}},
		}
	}
	image := "openpolicyagent/web:1.25"
	if i%100 == 0 {
		image = "nginx"
	}
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "Pod",
		"metadata": map[string]any{
			"name": fmt.Sprintf("web-%d", i), "namespace": "production", "uid": fmt.Sprintf("00000000-0000-0000-0000-%012d", i),
			"labels": map[string]any{"app": "web", "owner": "me.agilebank.demo", "pod-template-hash": "5d4f8c7b9"},
		},
		"spec": map[string]any{
			"containers": []any{container("web", image), container("side", "openpolicyagent/side:2")}, "nodeName": "node-1", "restartPolicy": "Always",
			"serviceAccountName": "default", "volumes": []any{map[string]any{"name": "data", "emptyDir": map[string]any{}}},
		},
		"status": map[string]any{"phase": "Running", "podIP": "10.0.0.1", "conditions": []any{map[string]any{"type": "Ready", "status": "True"}}},
	}}
}

// limited is a policy in CEL: containers have a CPU limit.
const limited = `!has(variables.anyObject.spec.containers) || variables.anyObject.spec.containers.all(c, has(c.resources) && has(c.resources.limits) && has(c.resources.limits.cpu))`

// agilebank makes an engine with the four templates of Gatekeeper's demo that
// look at one object, and one in CEL if it is asked for, with a constraint each.
func agilebank(t testing.TB, cel bool) *Engine {
	t.Helper()
	out, err := exec.CommandContext(context.Background(), "go", "list", "-m", "-f", "{{.Dir}}", "github.com/open-policy-agent/gatekeeper/v3").Output()
	if err != nil {
		t.Fatal(err)
	}
	engine, err := New(Options{Point: Audit})
	if err != nil {
		t.Fatal(err)
	}
	match := map[string]any{"kinds": []any{map[string]any{"apiGroups": []any{""}, "kinds": []any{"Pod"}}}}
	add := func(template *unstructured.Unstructured, kind string, parameters map[string]any) {
		spec := map[string]any{"match": match}
		if parameters != nil {
			spec["parameters"] = parameters
		}
		if err := engine.AddTemplate(context.Background(), template); err != nil {
			t.Fatal(err)
		}
		if err := engine.AddConstraint(context.Background(), constraint(kind, "all", spec)); err != nil {
			t.Fatal(err)
		}
	}
	for file, of := range map[string]struct {
		kind       string
		parameters map[string]any
	}{
		"k8sallowedrepos":     {"K8sAllowedRepos", map[string]any{"repos": []any{"openpolicyagent"}}},
		"k8scontainterlimits": {"K8sContainerLimits", map[string]any{"cpu": "200m", "memory": "1Gi"}},
		"k8srequiredlabels":   {"K8sRequiredLabels", map[string]any{"labels": []any{map[string]any{"key": "owner", "allowedRegex": "^[a-zA-Z]+.agilebank.demo$"}}}},
		"k8srequiredprobes":   {"K8sRequiredProbes", map[string]any{"probes": []any{"readinessProbe", "livenessProbe"}, "probeTypes": []any{"tcpSocket", "httpGet", "exec"}}},
	} {
		text, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(out)), "demo/agilebank/templates", file+"_template.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		template := &unstructured.Unstructured{}
		if err := yaml.Unmarshal(text, &template.Object); err != nil {
			t.Fatal(err)
		}
		add(template, of.kind, of.parameters)
	}
	if cel {
		add(template("Limited", "package a\nviolation[{\"msg\": \"not asked\"}]\n", limited), "Limited", nil)
	}
	return engine
}

// BenchmarkReview is a Pod through the whole engine.
func BenchmarkReview(b *testing.B) {
	pods := make([]*unstructured.Unstructured, 100)
	for i := range pods {
		pods[i] = pod(i)
	}
	for name, cel := range map[string]bool{"rego": false, "cel": true} {
		engine := agilebank(b, cel)
		review := func(b *testing.B, i int) {
			if _, err := engine.Review(context.Background(), Object{Manifest: pods[i%len(pods)]}); err != nil {
				b.Error(err)
			}
		}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				review(b, i)
			}
		})
		b.Run(name+"/parallel", func(b *testing.B) {
			b.ReportAllocs()
			b.RunParallel(func(next *testing.PB) {
				for i := 0; next.Next(); i++ {
					review(b, i)
				}
			})
		})
	}
}
