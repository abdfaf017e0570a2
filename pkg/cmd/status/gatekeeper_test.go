package status

import (
	"bytes"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
)

// plain is a cluster with one template and one constraint, on which nothing
// runs.
func plain(template, constraint map[string]any) gatekeeperReader {
	object := func(kind string, status map[string]any) []*unstructured.Unstructured {
		return []*unstructured.Unstructured{{Object: map[string]any{
			"kind": kind, "metadata": map[string]any{"name": "x", "generation": int64(1)}, "status": status,
		}}}
	}
	return gatekeeperReader{"https://example", &userCluster{templates: object("ConstraintTemplate", template), constraints: object("K", constraint)}}
}

func TestGatekeeperLook(t *testing.T) {
	seen, err := plain(nil, map[string]any{"byPod": []any{map[string]any{"errors": []any{map[string]any{"message": "broken"}}}}}).look(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	wantPending := []string{
		"Gatekeeper does not run: there is no Deployment and no webhook of it",
		"template x has not been taken up by Gatekeeper yet", "constraint K/x: broken",
	}
	if diff := cmp.Diff(wantPending, seen.pending); diff != "" {
		t.Error(diff)
	}
	wantWarnings := []string{"only the definitions of Gatekeeper (3.6) are here, and no Deployment and no webhook of it: nothing is enforced"}
	if diff := cmp.Diff(wantWarnings, seen.warnings); diff != "" {
		t.Error(diff)
	}
	if on := seen.report; on.Platform != "gatekeeper" || len(on.Clusters) != 1 || on.Clusters[0].Server != "https://example" || on.Clusters[0].KKPStatus != nil {
		t.Errorf("found %v", on)
	}
	if _, err := (gatekeeperReader{"", &userCluster{err: errors.New("away")}}).look(t.Context()); err == nil || err.Error() != "away" {
		t.Errorf("error %v", err)
	}
}

// TestGatekeeperWait tells what is still missing when the time is over.
func TestGatekeeperWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		errs := &bytes.Buffer{}
		o := &options{
			env:  &cli.Env{Out: &bytes.Buffer{}, Err: errs, Now: time.Now, LookupEnv: func(string) (string, bool) { return "", false }},
			told: map[string]bool{}, wait: cli.Wait{Wait: true, Timeout: time.Second},
		}
		_, err := o.runWith(t.Context(), plain(nil, nil))
		const want = "timed out after 1s, still missing:\nGatekeeper does not run: there is no Deployment and no webhook of it\n" +
			"template x has not been taken up by Gatekeeper yet\nconstraint K/x has not been taken up by Gatekeeper yet"
		if err == nil || err.Error() != want {
			t.Errorf("error %v", err)
		}
	})
}
