package status

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/fleet"
	"github.com/kubectl-opa/kubectl-opa/pkg/kube"
	"github.com/kubectl-opa/kubectl-opa/pkg/platform"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
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
func newLook(t *testing.T, states ...state) (o *options, r kkpReader, s *seed, out, errs *bytes.Buffer) {
	t.Helper()
	out, errs = &bytes.Buffer{}, &bytes.Buffer{}
	env := &cli.Env{Out: out, Err: errs, Now: time.Now, LookupEnv: func(string) (string, bool) { return "", false }}
	s = &seed{states: states, done: func() { t.Error("want no more looks") }}
	o = &options{env: env, told: map[string]bool{}, output: cli.ReportOutput{Format: "table"}}
	kkp := platform.KKP{Reader: s}
	return o, kkpReader{
		kkp: kkp, edition: func(context.Context) fleet.Edition { return fleet.Community },
		choose: func(ctx context.Context) (*cli.Fleet, []string, error) {
			clusters, err := kkp.Clusters(ctx)
			found := &cli.Fleet{}
			for _, cluster := range clusters {
				found.Clusters = append(found.Clusters, cli.UserCluster{Seed: &cli.Seed{KKP: kkp}, Cluster: cluster})
			}
			return found, nil, err
		},
		visitor: visitor{patience: time.Second, reach: func(context.Context, *cli.UserCluster) (platform.Cluster, error) {
			return &userCluster{}, nil
		}},
	}, s, out, errs
}

// userCluster is one with Gatekeeper on it, or without where it serves nothing.
type userCluster struct {
	templates, constraints []*unstructured.Unstructured
	err                    error
}

func (u *userCluster) List(_ context.Context, place platform.Place, _ string) ([]*unstructured.Unstructured, error) {
	switch place.Group {
	case policy.TemplatesGroup:
		return u.templates, nil
	case policy.ConstraintsGroup:
		return u.constraints, nil
	}
	return nil, nil
}

func (u *userCluster) Get(_ context.Context, place platform.Place, _ string) (*unstructured.Unstructured, error) {
	return nil, fmt.Errorf("getting %s: %w", place, kube.ErrNotFound)
}

func (u *userCluster) Groups(context.Context) ([]string, error) { return nil, u.err }

func (u *userCluster) Served(ctx context.Context, group string) ([]platform.Served, error) {
	served := func(kind, version string) []platform.Served {
		return []platform.Served{{Kind: kind, Resource: schema.GroupVersionResource{Group: group, Version: version, Resource: strings.ToLower(kind)}}}
	}
	switch {
	case u.err != nil && errors.Is(u.err, context.DeadlineExceeded):
		<-ctx.Done()
		return nil, ctx.Err()
	case u.err != nil:
		return nil, u.err
	case group == policy.TemplatesGroup && u.templates != nil:
		return served("ConstraintTemplate", "v1"), nil
	case group == policy.ConstraintsGroup && u.constraints != nil:
		return served("K", "v1beta1"), nil
	}
	return nil, nil
}
