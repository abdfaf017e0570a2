package regodriver

import (
	"context"
	"fmt"
	"testing"

	constraintclient "github.com/open-policy-agent/frameworks/constraint/pkg/client"
	"github.com/open-policy-agent/frameworks/constraint/pkg/client/drivers"
	"github.com/open-policy-agent/frameworks/constraint/pkg/client/reviews"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/target"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/util"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// captured keeps what the client asks a driver.
type captured struct {
	drivers.Driver
	constraints []*unstructured.Unstructured
	review      any
}

func (c *captured) Query(_ context.Context, _ string, constraints []*unstructured.Unstructured, review any, _ ...reviews.ReviewOpt) (*drivers.QueryResponse, error) {
	c.constraints, c.review = constraints, review
	return nil, nil
}

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

// agilebank adds the four templates of Gatekeeper's demo that look at one
// object, with a constraint each.
func agilebank(b *testing.B, client *constraintclient.Client) {
	b.Helper()
	for _, p := range corpus(b)[:4] {
		addTemplates(b, client, p)
		if _, err := client.AddConstraint(context.Background(), constraint(p.kind, "all", p.parameters[0])); err != nil {
			b.Fatal(err)
		}
	}
}

func made(b *testing.B) map[string]func() drivers.Driver {
	return map[string]func() drivers.Driver{
		"frameworks": func() drivers.Driver { return original(b) },
		"ours":       func() drivers.Driver { return ours(b, Options{}) },
	}
}

// BenchmarkQuery is four templates over a Pod, the driver alone.
func BenchmarkQuery(b *testing.B) {
	for _, name := range []string{"frameworks", "ours"} {
		driver := made(b)[name]()
		agilebank(b, client(b, driver))
		asked := &captured{Driver: ours(b, Options{})}
		pods := make([]captured, 100)
		asking := client(b, asked)
		agilebank(b, asking)
		for i := range pods {
			if _, err := asking.Review(context.Background(), target.AugmentedUnstructured{Object: *pod(i)}); err != nil {
				b.Fatal(err)
			}
			pods[i] = *asked
		}
		query := func(b *testing.B, i int) {
			one := pods[i%len(pods)]
			if _, err := driver.Query(context.Background(), target.Name, one.constraints, one.review); err != nil {
				b.Error(err)
			}
		}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				query(b, i)
			}
		})
		b.Run(name+"/parallel", func(b *testing.B) {
			b.ReportAllocs()
			b.RunParallel(func(next *testing.PB) {
				for i := 0; next.Next(); i++ {
					query(b, i)
				}
			})
		})
	}
}

// BenchmarkReview is the same through Gatekeeper's client and target.
func BenchmarkReview(b *testing.B) {
	for _, name := range []string{"frameworks", "ours"} {
		client := client(b, made(b)[name]())
		agilebank(b, client)
		pods := make([]target.AugmentedUnstructured, 100)
		for i := range pods {
			pods[i].Object = *pod(i)
		}
		review := func(b *testing.B, i int) {
			if _, err := client.Review(context.Background(), pods[i%len(pods)], reviews.EnforcementPoint(util.AuditEnforcementPoint)); err != nil {
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
