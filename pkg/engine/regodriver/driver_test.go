package regodriver

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	constraintclient "github.com/open-policy-agent/frameworks/constraint/pkg/client"
	"github.com/open-policy-agent/frameworks/constraint/pkg/client/drivers"
	"github.com/open-policy-agent/frameworks/constraint/pkg/client/drivers/rego"
	"github.com/open-policy-agent/frameworks/constraint/pkg/client/reviews"
	"github.com/open-policy-agent/frameworks/constraint/pkg/externaldata"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/target"
	"github.com/open-policy-agent/opa/v1/topdown/print"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/pkg/compile"
)

// small makes a policy of a line or two of Rego.
func small(kind, rego string, libs ...any) policy {
	source := map[string]any{"rego": "package a\n" + rego}
	if libs != nil {
		source["libs"] = libs
	}
	return policy{kind: kind, template: &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "templates.gatekeeper.sh/v1", "kind": "ConstraintTemplate",
		"metadata": map[string]any{"name": strings.ToLower(kind)},
		"spec": map[string]any{
			"crd": map[string]any{"spec": map[string]any{
				"names": map[string]any{"kind": kind},
				"validation": map[string]any{"openAPIV3Schema": map[string]any{
					"type": "object", "x-kubernetes-preserve-unknown-fields": true,
				}},
			}},
			"targets": []any{map[string]any{"target": target.Name, "code": []any{map[string]any{"engine": "Rego", "source": source}}}},
		},
	}}}
}

// messages are the results of a review, in order.
func messages(t *testing.T, client *constraintclient.Client, opts ...reviews.ReviewOpt) []string {
	t.Helper()
	responses, err := client.Review(context.Background(), target.AugmentedUnstructured{Object: *pod(0)}, opts...)
	if err != nil {
		t.Fatal(err)
	}
	texts := []string{}
	for _, result := range responses.ByTarget[target.Name].Results {
		texts = append(texts, result.Constraint.GetKind()+" "+result.Constraint.GetName()+": "+result.Msg)
	}
	return texts
}

func addConstraint(t *testing.T, client *constraintclient.Client, kind, name string, parameters any) {
	t.Helper()
	if _, err := client.AddConstraint(context.Background(), constraint(kind, name, parameters)); err != nil {
		t.Fatal(err)
	}
}

// TestLife changes templates and constraints while they are in use.
func TestLife(t *testing.T) {
	t.Run("frameworks", func(t *testing.T) { live(t, client(t, original(t))) })
	t.Run("ours", func(t *testing.T) { live(t, client(t, ours(t, Options{}))) })
}

func live(t *testing.T, client *constraintclient.Client) {
	ctx := context.Background()
	step := func(what string, want ...string) {
		t.Helper()
		if diff := cmp.Diff(append([]string{}, want...), messages(t, client)); diff != "" {
			t.Errorf("%s: %s", what, diff)
		}
	}
	one := small("A", "violation[{\"msg\": m}] { m := sprintf(\"one %v\", [input.parameters]) }")
	addTemplates(t, client, one, small("B", "violation[{\"msg\": m}] { m := sprintf(\"%v stored\", [count(data.inventory)]) }"))
	step("no constraint")
	addConstraint(t, client, "A", "x", nil)
	addConstraint(t, client, "A", "y", map[string]any{"n": int64(1)})
	addConstraint(t, client, "B", "x", nil)
	step("constraints", "A x: one {}", `A y: one {"n": 1}`, "B x: 0 stored")
	addConstraint(t, client, "A", "y", map[string]any{"n": int64(2)})
	if _, err := client.AddData(ctx, pod(1)); err != nil {
		t.Fatal(err)
	}
	step("other parameters, data", "A x: one {}", `A y: one {"n": 2}`, "B x: 1 stored")
	addTemplates(t, client, small("A", "violation[{\"msg\": \"two\"}]"))
	if _, err := client.RemoveData(ctx, target.WipeData()); err != nil {
		t.Fatal(err)
	}
	step("another template, no data", "A x: two", "A y: two")
	broken, err := compile.Internal(small("A", "violation[{\"msg\": m}]").template)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.AddTemplate(ctx, broken); err == nil {
		t.Error("a broken template was taken")
	}
	step("a broken template", "A x: two", "A y: two")
	if _, err := client.RemoveConstraint(ctx, constraint("A", "x", nil)); err != nil {
		t.Fatal(err)
	}
	step("a constraint removed", "A y: two")
}

// TestInconsistent asks for what the client would not ask for: both drivers
// say the same.
func TestInconsistent(t *testing.T) {
	ctx := context.Background()
	template, err := compile.Internal(small("A", "violation[{\"msg\": \"a\"}]").template)
	if err != nil {
		t.Fatal(err)
	}
	for name, driver := range map[string]drivers.Driver{"frameworks": original(t), "ours": ours(t, Options{})} {
		t.Run(name, func(t *testing.T) {
			ask := func(name string, constraints ...*unstructured.Unstructured) string {
				response, err := driver.Query(ctx, name, constraints, map[string]any{})
				if response == nil {
					return fmt.Sprintf("nil, %v", err)
				}
				return fmt.Sprintf("%d, %v", len(response.Results), err)
			}
			if err := driver.AddTemplate(ctx, template); err != nil {
				t.Fatal(err)
			}
			got := []string{
				ask(target.Name), ask(target.Name, constraint("A", "unknown", nil)), ask(target.Name, constraint("B", "x", nil)),
				ask("other", constraint("A", "x", nil)),
			}
			if err := driver.AddConstraint(ctx, constraint("A", "x", nil)); err != nil {
				t.Fatal(err)
			}
			got = append(got, ask(target.Name, constraint("A", "x", nil)))
			if err := driver.RemoveTemplate(ctx, template); err != nil {
				t.Fatal(err)
			}
			got = append(got, ask(target.Name, constraint("A", "x", nil)))
			missing := `nil, missing Template %q for target %q`
			want := []string{
				"nil, <nil>", "0, <nil>", fmt.Sprintf(missing, "B", target.Name), fmt.Sprintf(missing, "A", "other"),
				"1, <nil>", fmt.Sprintf(missing, "A", target.Name),
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestTogether reviews with all templates at once.
func TestTogether(t *testing.T) {
	policies := []policy{}
	seen := map[string]bool{}
	for _, p := range corpus(t) {
		if name := strings.ToLower(p.kind); !seen[name] {
			seen[name] = true
			policies = append(policies, p)
		}
	}
	pair := newPair(t, policies...)
	for _, p := range policies {
		for _, client := range []*constraintclient.Client{pair.original, pair.ours} {
			addConstraint(t, client, p.kind, "c", integers(p.parameters[0]))
		}
	}
	// The client's sort is not stable with that many.
	want, got := messages(t, pair.original), messages(t, pair.ours)
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" || len(want) < 10 {
		t.Errorf("%d results\n%s", len(want), diff)
	}
}

// TestParallel reviews while the inventory changes: each answer is one of those
// that are right at some time.
func TestParallel(t *testing.T) {
	client := client(t, ours(t, Options{}))
	addTemplates(t, client, small("A", "violation[{\"msg\": m}] { m := concat(\",\", [n | data.inventory.namespace.production.v1.Pod[n]]) }"))
	addConstraint(t, client, "A", "x", nil)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for range 200 {
				got := messages(t, client)
				if len(got) != 1 || (got[0] != "A x: " && got[0] != "A x: web-1" && got[0] != "A x: web-1,web-2") {
					t.Errorf("got %q", got)
				}
			}
		})
	}
	group.Go(func() {
		for range 100 {
			for _, err := range []error{add(client, 1), add(client, 2), remove(client, 2), remove(client, 1)} {
				if err != nil {
					t.Error(err)
				}
			}
		}
	})
	group.Wait()
}

func add(client *constraintclient.Client, i int) error {
	_, err := client.AddData(context.Background(), pod(i))
	return err
}

func remove(client *constraintclient.Client, i int) error {
	_, err := client.RemoveData(context.Background(), pod(i))
	return err
}

type printed struct{ texts []string }

func (p *printed) Print(_ print.Context, text string) error {
	p.texts = append(p.texts, text)
	return nil
}

// TestOptions gives both drivers the same options.
func TestOptions(t *testing.T) {
	out := [2]printed{}
	for name, tc := range map[string]struct {
		rego    string
		args    []rego.Arg
		options Options
		opts    []reviews.ReviewOpt
	}{
		"print":                  {rego: `violation[{"msg": "a"}] { print("at", input.review.name) }`, args: []rego.Arg{rego.PrintEnabled(true), rego.PrintHook(&out[0])}, options: Options{Print: true, PrintHook: &out[1]}},
		"print, off":             {rego: `violation[{"msg": "a"}] { print("at", input.review.name) }`},
		"tracing":                {rego: `violation[{"msg": "a"}]`, args: []rego.Arg{rego.Tracing(true)}, options: Options{Tracing: true}},
		"tracing, asked":         {rego: `violation[{"msg": "a"}]`, opts: []reviews.ReviewOpt{reviews.Tracing(true)}},
		"stats":                  {rego: `violation[{"msg": "a"}]`, args: []rego.Arg{rego.GatherStats()}, options: Options{Stats: true}},
		"stats, asked":           {rego: `violation[{"msg": "a"}]`, opts: []reviews.ReviewOpt{reviews.Stats(true)}},
		"builtin, disabled":      {rego: `violation[{"msg": "a"}] { http.send({"method": "get", "url": "http://127.0.0.1:1"}) }`, args: []rego.Arg{rego.DisableBuiltins("http.send")}, options: Options{DisabledBuiltins: []string{"http.send"}}},
		"no server":              {rego: `violation[{"msg": m}] { m := http.send({"method": "get", "url": "http://127.0.0.1:1"}).body }`},
		"no server, not raised":  {rego: `violation[{"msg": m}] { m := http.send({"method": "get", "url": "http://127.0.0.1:1", "raise_error": false}).error.message }`},
		"no inventory":           {rego: `violation[{"msg": "a"}] { data.inventory.x }`, args: []rego.Arg{rego.Externs()}, options: Options{Externs: []string{}}},
		"external data, unknown": {rego: `violation[{"msg": m}] { m := external_data({"provider": "x", "keys": ["a"]}).system_error }`, args: []rego.Arg{rego.AddExternalDataProviderCache(externaldata.NewCache())}, options: Options{Providers: externaldata.NewCache()}},
		"recursion":              {rego: `violation[{"msg": "a"}] { violation[_] }`},
		"other data":             {rego: `violation[{"msg": "a"}] { data.constraints.a }`},
		"no violation":           {rego: `deny[{"msg": "a"}] { true }`},
	} {
		t.Run(name, func(t *testing.T) {
			answers := [2]string{}
			for i, driver := range []drivers.Driver{original(t, tc.args...), ours(t, tc.options)} {
				answers[i] = answer(t, client(t, driver), small("A", tc.rego), tc.opts)
			}
			if diff := cmp.Diff(answers[0], answers[1]); diff != "" {
				t.Error(diff)
			}
		})
	}
	if diff := cmp.Diff(out[0].texts, out[1].texts); diff != "" || len(out[0].texts) != 1 {
		t.Errorf("printed %q\n%s", out[0].texts, diff)
	}
}

// answer is all that a client says, but for times.
func answer(t *testing.T, client *constraintclient.Client, p policy, opts []reviews.ReviewOpt) string {
	t.Helper()
	ctx := context.Background()
	template, err := compile.Internal(p.template)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.AddTemplate(ctx, template); err != nil {
		return err.Error()
	}
	addConstraint(t, client, p.kind, "c", nil)
	responses, err := client.Review(ctx, target.AugmentedUnstructured{Object: *pod(0)}, opts...)
	if err != nil {
		return err.Error()
	}
	texts := []string{fmt.Sprint(len(responses.StatsEntries))}
	for _, stats := range responses.StatsEntries {
		texts = append(texts, stats.StatsFor, fmt.Sprint(len(stats.Stats)))
	}
	if trace := responses.ByTarget[target.Name].Trace; trace != nil {
		texts = append(texts, *trace)
	}
	for _, result := range responses.ByTarget[target.Name].Results {
		texts = append(texts, result.Msg)
	}
	dump, err := client.Dump(ctx)
	return strings.Join(append(texts, dump, fmt.Sprint(err)), "\n")
}

// TestCancel ends an evaluation that would not end, as the frameworks' driver
// does.
func TestCancel(t *testing.T) {
	policy := small("A", `violation[{"msg": "a"}] { numbers.range(1, 3000)[i]; numbers.range(1, 3000)[j]; i * j == 0 }`)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for _, driver := range []drivers.Driver{original(t), ours(t, Options{})} {
		client := client(t, driver)
		addTemplates(t, client, policy)
		addConstraint(t, client, "A", "c", nil)
		responses, err := client.Review(ctx, target.AugmentedUnstructured{Object: *pod(0)})
		if err != nil {
			t.Fatal(err)
		}
		results := responses.ByTarget[target.Name].Results
		if len(results) != 1 || !strings.HasPrefix(results[0].Msg, "eval_cancel_error: ") {
			t.Errorf("got %q", results[0].Msg)
		}
	}
}
