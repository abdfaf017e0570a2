package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	reportv1alpha1 "github.com/kubectl-opa/kubectl-opa/pkg/api/report/v1alpha1"
	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery/leastrbac"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
	"github.com/kubectl-opa/kubectl-opa/pkg/testcluster"
)

// leastExamples are the example policies that ask the cluster, and whether it
// takes a recording to tell what they need.
var leastExamples = map[string]struct {
	expr, input string
	recorded    bool
	// singles are the rights that the policy needs, one by one.
	singles []string
}{
	"query": {
		expr: "data.disruption.findings", input: "input.yaml",
		singles: []string{"list apps/deployments", "list policy/poddisruptionbudgets"},
	},
	"query-authz": {
		expr: "data.authz.deny", input: "review.yaml", recorded: true,
		singles: []string{"get apps/deployments"},
	},
	"query-ingress": {
		expr: "data.ingress.deny", input: "review.yaml",
		singles: []string{"list networking.k8s.io/ingresses", "get /configmaps reserved-hosts in ingress-policy"},
	},
	"query-quota": {
		expr: "data.quota.findings", input: "input.yaml", recorded: true,
		singles: []string{"list /limitranges", "list /namespaces", "list /resourcequotas"},
	},
}

// TestLeastRBAC wants of each example policy: a ServiceAccount that has only the
// roles of "query rbac" gets what an administrator gets; and one that lacks any
// single right of them gets a 403. The API server enforces RBAC.
func TestLeastRBAC(t *testing.T) {
	cluster := startCluster(t, testcluster.Options{})
	c := newCreator(t, cluster)
	for _, file := range []string{
		filepath.Join(examples, "query-ingress/cluster.yaml"), filepath.Join(examples, "query-quota/cluster.yaml"),
	} {
		documents, err := manifest.Load([]string{file}, nil)
		if err != nil {
			t.Fatal(err)
		}
		createOnce(t, c, documents)
	}
	documents, err := manifest.Parse("objects", strings.NewReader(leastObjects))
	if err != nil {
		t.Fatal(err)
	}
	createOnce(t, c, documents)
	for name, example := range leastExamples {
		t.Run(name, func(t *testing.T) {
			e := &leastExample{
				creator: c, name: name, folder: t.TempDir(), flags: []string{"--kubeconfig", cluster.Kubeconfig, "--cache-dir", t.TempDir()},
				policy: filepath.Join(examples, name, "*.rego"), input: filepath.Join(examples, name, example.input), expr: example.expr,
			}
			e.run(t, example.recorded, example.singles)
		})
	}
}

// leastObjects are what the examples without a cluster.yaml are about.
const leastObjects = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop, labels: {owner: team-a}}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: web}]}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web, namespace: shop}
spec:
  minAvailable: 1
  selector: {matchLabels: {app: web}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: alone, namespace: shop}
spec:
  replicas: 1
  selector: {matchLabels: {app: alone}}
  template:
    metadata: {labels: {app: alone}}
    spec: {containers: [{name: web, image: web}]}
`

// createOnce creates objects that may be there.
func createOnce(t *testing.T, c creator, documents []manifest.Document) {
	t.Helper()
	for _, document := range documents {
		if err := c.create(t.Context(), document.Object()); err != nil && !apierrors.IsAlreadyExists(err) {
			t.Fatal(err)
		}
	}
}

// leastExample is one example, while it is tried.
type leastExample struct {
	creator
	name, folder        string
	flags               []string
	policy, input, expr string
}

func (e *leastExample) run(t *testing.T, recorded bool, want []string) {
	recording := filepath.Join(e.folder, "admin.json")
	admin := e.query(t, "--record", recording)
	if strings.Contains(admin, "annot ") || !strings.Contains(admin, `"value"`) {
		t.Fatalf("the administrator gets %s", admin)
	}
	from := []string{}
	if recorded {
		code, stdout, stderr := inProcess(t, e.rbac()...)
		if code != 1 || stdout != "" || !strings.HasPrefix(stderr, "error: the code alone cannot tell which resource is asked for by\n") {
			t.Fatalf("without a recording: exit code %d, %s%s", code, stdout, stderr)
		}
		from = []string{"--recorded", recording}
	}
	code, stdout, stderr := inProcess(t, e.rbac(append(from, "--name", e.name, "--serviceaccount", e.name)...)...)
	if code != 0 || (stderr != "") != recorded {
		t.Fatalf("exit code %d, stderr %s", code, stderr)
	}
	roles, err := manifest.Parse("stdout", strings.NewReader(stdout))
	if err != nil {
		t.Fatal(err)
	}
	singles := []single{}
	for _, document := range roles {
		e.apply(t, document.Object())
		singles = append(singles, singlesOf(t, document.Object())...)
	}
	texts := []string{}
	for _, single := range singles {
		texts = append(texts, single.String())
	}
	if diff := cmp.Diff(slices.Sorted(slices.Values(want)), slices.Sorted(slices.Values(texts))); diff != "" {
		t.Error(diff)
	}
	e.waits(t, e.name, from, 0)
	if diff := cmp.Diff(admin, e.query(t, "--as", account(e.name))); diff != "" {
		t.Errorf("with the roles alone: %s", diff)
	}
	for i := range singles {
		t.Run("without "+singles[i].String(), func(t *testing.T) { e.without(t, singles, i, from) })
	}
}

// without wants a 403 where one right is missing.
func (e *leastExample) without(t *testing.T, singles []single, i int, from []string) {
	name := fmt.Sprintf("%s-%d", e.name, i)
	rest := []leastrbac.Rule{}
	for j, single := range singles {
		if j != i {
			rest = append(rest, single.rule())
		}
	}
	manifests, err := leastrbac.NewRules(rest...).Manifests(leastrbac.Subject{Name: name, ServiceAccount: name, Namespace: "default"})
	if err != nil {
		t.Fatal(err)
	}
	for _, object := range manifests {
		e.apply(t, object)
	}
	e.waits(t, name, from, 1)
	recording := filepath.Join(e.folder, name+".json")
	code, _, stderr := inProcess(t, e.args("--as", account(name), "--record", recording)...)
	if code != 0 || !strings.Contains(stderr, "the missing rule") {
		t.Errorf("exit code %d, %s", code, stderr)
	}
	var answered struct{ Answers []struct{ StatusCode int } }
	text, err := os.ReadFile(recording)
	if err == nil {
		err = json.Unmarshal(text, &answered)
	}
	if err != nil {
		t.Fatal(err)
	}
	refused := 0
	for _, answer := range answered.Answers {
		if answer.StatusCode == 403 {
			refused++
		}
	}
	if refused == 0 {
		t.Errorf("none of %d requests is refused: the right is not needed", len(answered.Answers))
	}
}

// waits waits until the API server knows the roles: that many rights are missing.
func (e *leastExample) waits(t *testing.T, name string, from []string, missing int) {
	t.Helper()
	deadline := time.Now().Add(eventuallyTimeout)
	for {
		code, stdout, stderr := inProcess(t, e.rbac(append(from, "--check", "-o", "json", "--as", account(name))...)...)
		var report reportv1alpha1.QueryRBACReport
		if err := json.Unmarshal([]byte(stdout), &report); err != nil {
			t.Fatalf("exit code %d, %v\n%s%s", code, err, stdout, stderr)
		}
		found := 0
		for _, rule := range report.Rules {
			if !rule.Allowed {
				found++
			}
		}
		if wantCode := min(found, 1); code != wantCode || report.Allowed != (found == 0) {
			t.Fatalf("%d rights are missing, exit code %d, %s", found, code, stdout)
		}
		if found == missing {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("within %s: want %d missing rights, found %s", eventuallyTimeout, missing, stdout)
		}
		time.Sleep(eventuallyInterval)
	}
}

func account(name string) string { return "system:serviceaccount:default:" + name }

// args are those of the query; rbac those of query rbac.
func (e *leastExample) args(flags ...string) []string {
	return slices.Concat([]string{"kubectl-opa", "query", e.expr}, e.policies(), []string{"-i", e.input}, e.flags, flags)
}

func (e *leastExample) rbac(flags ...string) []string {
	return slices.Concat([]string{"kubectl-opa", "query", "rbac"}, e.policies(), e.flags, flags)
}

// policies are the example's, tests and all.
func (e *leastExample) policies() []string {
	files, _ := filepath.Glob(e.policy)
	flags := []string{}
	for _, file := range files {
		flags = append(flags, "-d", file)
	}
	return flags
}

// query is what a query prints, which has to succeed in silence.
func (e *leastExample) query(t *testing.T, flags ...string) string {
	t.Helper()
	code, stdout, stderr := inProcess(t, e.args(flags...)...)
	if code != 0 || stderr != "" {
		t.Fatalf("exit code %d, %s", code, stderr)
	}
	return stdout
}

func (e *leastExample) apply(t *testing.T, object *unstructured.Unstructured) {
	t.Helper()
	if err := e.create(t.Context(), object); err != nil {
		t.Fatal(err)
	}
}
