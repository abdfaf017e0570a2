package status

import (
	"bytes"
	"context"
	"fmt"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/fleet"
	"github.com/kubectl-opa/kubectl-opa/pkg/kube"
	"github.com/kubectl-opa/kubectl-opa/pkg/platform"
)

// seed is a seed in several states, one for each look at its clusters.
type seed struct {
	states []state
	looks  int
	// done is called when there are no more states.
	done func()
}

// state holds objects by resource, or why they cannot be read.
type state map[string]any

func (s *seed) List(ctx context.Context, place platform.Place, _ string) ([]*unstructured.Unstructured, error) {
	if place.Resource == "clusters" {
		if s.looks++; s.looks > len(s.states) {
			s.done()
			return nil, ctx.Err()
		}
	}
	switch found := s.states[s.looks-1][place.Resource].(type) {
	case error:
		return nil, found
	case []*unstructured.Unstructured:
		return found, nil
	}
	return []*unstructured.Unstructured{}, nil
}

func (s *seed) Get(_ context.Context, place platform.Place, _ string) (*unstructured.Unstructured, error) {
	switch found := s.states[s.looks-1][place.Resource].(type) {
	case error:
		return nil, found
	case *unstructured.Unstructured:
		return found, nil
	}
	return nil, fmt.Errorf("getting %s: %w", place, kube.ErrNotFound)
}

// withHealth is a cluster with OPA on whose controller and audit are in these
// states.
func withHealth(id, controller, audit string) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{
		"metadata": map[string]any{"name": id},
		"spec": map[string]any{
			"humanReadableName": "name-" + id,
			"opaIntegration":    map[string]any{"enabled": true},
			"cloud":             map[string]any{"aws": map[string]any{}},
		},
		"status": map[string]any{
			"namespaceName": "cluster-" + id,
			"extendedHealth": map[string]any{
				"gatekeeperController": "HealthStatus" + controller, "gatekeeperAudit": "HealthStatus" + audit,
			},
		},
	}}
}

func paused(cluster *unstructured.Unstructured) *unstructured.Unstructured {
	_ = unstructured.SetNestedField(cluster.Object, true, "spec", "pause")
	return cluster
}

func clusters(objects ...*unstructured.Unstructured) state { return state{"clusters": objects} }

// newLook makes a command that sees these states one after the other.
func newLook(t *testing.T, states ...state) (o *options, r reader, s *seed, out, errs *bytes.Buffer) {
	t.Helper()
	out, errs = &bytes.Buffer{}, &bytes.Buffer{}
	env := &cli.Env{Out: out, Err: errs, LookupEnv: func(string) (string, bool) { return "", false }}
	s = &seed{states: states, done: func() { t.Error("want no more looks") }}
	o = &options{env: env, told: map[string]bool{}, output: cli.ReportOutput{Format: "table"}}
	return o, reader{kkp: platform.KKP{Reader: s}, edition: func(context.Context) fleet.Edition { return fleet.Community }}, s, out, errs
}
