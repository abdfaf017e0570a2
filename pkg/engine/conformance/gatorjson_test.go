package conformance_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd"
)

// likeGator wants "test --as gator -o gator-json" to print what gator printed,
// byte for byte; but for the order of what gator does not tell apart, and for
// errors of OPA, which words them otherwise in the version that gator has.
func likeGator(t *testing.T, ran gatorRun) {
	var stdout, stderr bytes.Buffer
	env := cli.NewEnv()
	env.In, env.Out, env.Err = strings.NewReader(""), &stdout, &stderr
	code := cmd.Main(t.Context(), env, []string{"kubectl-opa", "test", "-f", ran.file, "--as", "gator", "-o", "gator-json", "--allow-empty"})
	if ran.err != "" {
		if code != cli.ExitError || stdout.Len() > 0 || stderr.Len() == 0 {
			t.Errorf("gator says %q, and we end with %d: %q", ran.err, code, stderr.String())
		}
		return
	}
	if bytes.Equal(ran.stdout, stdout.Bytes()) {
		return
	}
	if diff := gocmp.Diff(results(t, ran.stdout), results(t, stdout.Bytes())); diff != "" {
		t.Errorf("gator(-) and we(+), %s:\n%s", stderr.String(), diff)
	}
}

// results are those of gator's JSON, each as it is written, in an order that
// does not depend on chance.
func results(t *testing.T, text []byte) []string {
	t.Helper()
	type result struct {
		Action  string `json:"enforcementAction"`
		Message string `json:"msg"`
		// Scoped come in an order that is left to chance.
		Scoped []string `json:"scopedActions"`
		text   string
	}
	raw := []json.RawMessage{}
	if err := json.Unmarshal(text, &raw); err != nil {
		t.Fatalf("%v: %q", err, text)
	}
	all := []result{}
	for _, each := range raw {
		one := result{text: string(each)}
		if err := json.Unmarshal(each, &one); err != nil {
			t.Fatal(err)
		}
		written := func() string { return `"` + strings.Join(one.Scoped, "\",\n            \"") + `"` }
		before := written()
		slices.Sort(one.Scoped)
		one.text = strings.Replace(one.text, before, written(), 1)
		if strings.Contains(one.Message, "eval_conflict_error") {
			one.text = "an error of OPA"
		}
		all = append(all, one)
	}
	byOrder := func(a, b result) int {
		return cmp.Or(strings.Compare(a.Action, b.Action), strings.Compare(a.Message, b.Message))
	}
	if !slices.IsSortedFunc(all, byOrder) {
		t.Errorf("the results are not sorted: %s", text)
	}
	slices.SortFunc(all, func(a, b result) int { return cmp.Or(byOrder(a, b), strings.Compare(a.text, b.text)) })
	texts := []string{}
	for _, one := range all {
		texts = append(texts, one.text)
	}
	return texts
}
