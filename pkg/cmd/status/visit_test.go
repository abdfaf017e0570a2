package status

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/platform"
)

// TestVisits wants one dead cluster not to hide the others, none to be asked
// that has nothing to say, and slow ones not to be waited for.
func TestVisits(t *testing.T) {
	off := withHealth("off", "Down", "Down")
	_ = unstructured.SetNestedField(off.Object, false, "spec", "opaIntegration", "enabled")
	homeless := withHealth("homeless", "Up", "Up")
	unstructured.RemoveNestedField(homeless.Object, "status", "namespaceName")
	going := withHealth("going", "Up", "Up")
	_ = unstructured.SetNestedField(going.Object, "2026-08-01T10:00:00Z", "metadata", "deletionTimestamp")
	synctest.Test(t, func(t *testing.T) {
		_, r, _, _, _ := newLook(t, clusters(withHealth("away", "Up", "Up"), off, homeless, going, withHealth("slow", "Up", "Up"), withHealth("well", "Up", "Up")))
		asked, lock := []string{}, sync.Mutex{}
		r.reach = func(_ context.Context, cluster *cli.UserCluster) (platform.Cluster, error) {
			lock.Lock()
			asked = append(asked, cluster.Cluster.Name)
			lock.Unlock()
			switch cluster.Cluster.Name {
			case "away":
				return nil, advice.Errorf("look for it", "no such Secret")
			case "slow":
				return &userCluster{err: context.DeadlineExceeded}, nil
			}
			return &userCluster{}, nil
		}
		r.patience = 3 * time.Second
		start := time.Now()
		seen, err := r.look(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if waited := time.Since(start); waited != r.patience {
			t.Errorf("waited %s", waited)
		}
		if len(asked) != 3 {
			t.Errorf("asked %v", asked)
		}
		want := []string{
			"user cluster away (name-away) cannot be read: no such Secret\n→ look for it",
			"user cluster slow (name-slow) cannot be read: it did not answer within 3s",
		}
		if diff := cmp.Diff(want, seen.warnings); diff != "" {
			t.Error(diff)
		}
		if err := seen.failure(); err == nil || err.Error() != "2 user clusters could not be read" {
			t.Errorf("failure: %v", err)
		}
		if well := seen.report.Clusters[5]; well.ID != "well" || well.Gatekeeper == nil || well.Unreachable != "" {
			t.Errorf("the cluster that answers: %v", well)
		}
	})
}

// TestMissingSeeds wants a seed that fails to be a failure, and one that the
// user may not read to be none.
func TestMissingSeeds(t *testing.T) {
	_, r, _, _, _ := newLook(t, clusters())
	choose := r.choose
	r.choose = func(ctx context.Context) (*cli.Fleet, []string, error) {
		found, doubts, err := choose(ctx)
		found.Missing = []error{errors.New("seed a: away"), errors.New("seed b: away")}
		return found, doubts, err
	}
	seen, err := r.look(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := seen.failure(); err == nil || err.Error() != "2 seeds could not be read" {
		t.Errorf("failure: %v", err)
	}
	if diff := cmp.Diff([]string{"user clusters are missing here: seed a: away", "user clusters are missing here: seed b: away"}, seen.warnings); diff != "" {
		t.Error(diff)
	}
}

// TestDrift wants what is on a user cluster to be compared with its seed.
func TestDrift(t *testing.T) {
	object := func(kind, namespace, name string, spec map[string]any) *unstructured.Unstructured {
		return &unstructured.Unstructured{Object: map[string]any{
			"kind": kind, "metadata": map[string]any{"name": name, "namespace": namespace}, "spec": spec,
		}}
	}
	crd := map[string]any{"crd": map[string]any{"spec": map[string]any{"names": map[string]any{"kind": "K"}}}}
	states := clusters(withHealth("a", "Up", "Up"))
	states["constrainttemplates"] = []*unstructured.Unstructured{object("ConstraintTemplate", "", "k", crd)}
	states["constraints"] = []*unstructured.Unstructured{
		object("Constraint", "cluster-a", "same", map[string]any{"constraintType": "K"}),
		object("Constraint", "cluster-a", "lost", map[string]any{"constraintType": "K"}),
	}
	_, r, _, _, _ := newLook(t, states)
	mine := object("K", "", "mine", map[string]any{"enforcementAction": "warn"})
	mine.Object["status"] = map[string]any{"totalViolations": int64(30), "auditTimestamp": "2026-08-01T10:00:00Z"}
	r.reach = func(context.Context, *cli.UserCluster) (platform.Cluster, error) {
		return &userCluster{
			templates:   []*unstructured.Unstructured{object("ConstraintTemplate", "", "k", crd)},
			constraints: []*unstructured.Unstructured{object("K", "", "same", nil), mine},
		}, nil
	}
	seen, err := r.look(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	found := seen.report.Clusters[0].Gatekeeper
	got := map[string]any{
		"templates": found.Templates.Origin.InSync, "same": found.Constraints.Origin.InSync, "missing": found.Constraints.Origin.Missing,
		"by hand": found.Constraints.Origin.ByHand, "violations": *found.TotalViolations, "audit": found.LastAudit, "pending": seen.pending,
		"actions": found.Constraints.ByAction,
	}
	want := map[string]any{
		"templates": []string{"k"}, "same": []string{"K/same"}, "missing": []string{"K/lost"}, "by hand": []string{"K/mine"},
		"violations": int64(30), "audit": "2026-08-01T10:00:00Z", "pending": []string{"cluster a: constraint K/lost is not on it yet"},
		"actions": map[string]int{"deny": 1, "warn": 1},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
