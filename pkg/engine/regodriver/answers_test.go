package regodriver

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	constraintclient "github.com/open-policy-agent/frameworks/constraint/pkg/client"
	"github.com/open-policy-agent/frameworks/constraint/pkg/client/reviews"
	"github.com/open-policy-agent/frameworks/constraint/pkg/externaldata"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/target"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/util"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/pkg/compile"
)

// podOf is a Pod as a manifest, with a label.
func podOf(name, team string) decodedReview {
	object := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "Pod",
		"metadata": map[string]any{"name": name, "namespace": "shop", "labels": map[string]any{"team": team}},
	}}
	return decodedReview{described(target.AugmentedUnstructured{Object: *object})}
}

// say returns the messages about a manifest, and how often the template A had
// been asked before about the same.
func say(t *testing.T, driver *Driver, client *constraintclient.Client, what decodedReview) (string, int) {
	t.Helper()
	found, err := ask(client, what, []reviews.ReviewOpt{reviews.EnforcementPoint(util.AuditEnforcementPoint)})
	if err != "<nil>" {
		t.Fatal(err)
	}
	messages := []string{}
	for _, one := range found {
		messages = append(messages, one.Constraint.GetName()+": "+one.Msg)
	}
	queries, prepared := driver.prepared["A"].queries()
	if prepared != nil {
		t.Fatal(prepared)
	}
	return strings.Join(messages, ", "), queries.answers.known
}

// TestAnswers: an answer is remembered for what the template can observe, of
// messages only where there are some, until something is written.
func TestAnswers(t *testing.T) {
	driver := ours(t, Options{})
	client := client(t, driver)
	addTemplates(t, client, small("A", `
		violation[{"msg": msg}] {
			input.review.object.metadata.labels.team != input.parameters.team
			not data.inventory.cluster.v1.Namespace.free
			msg := sprintf("%v is not of %v", [input.review.object.metadata.name, input.parameters.team])
		}`))
	addConstraint(t, client, "A", "c", map[string]any{"team": "a"})
	type answer struct {
		Said  string
		Known int
	}
	got := []answer{}
	step := func(name, team string) {
		said, known := say(t, driver, client, podOf(name, team))
		got = append(got, answer{said, known})
	}
	step("x", "a")
	step("y", "a")
	step("x", "b")
	step("y", "b")
	step("x", "b")
	addConstraint(t, client, "A", "d", map[string]any{"team": "b"})
	step("y", "a")
	step("y", "a")
	free := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": "free"}}}
	if _, err := client.AddData(t.Context(), free); err != nil {
		t.Fatal(err)
	}
	step("y", "a")
	step("z", "a")
	want := []answer{
		{"", 0}, {"", 1}, {"c: x is not of a", 1}, {"c: y is not of a", 1}, {"c: x is not of a", 2},
		{"d: y is not of b", 0}, {"d: y is not of b", 1},
		{"", 0}, {"", 1},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestAnswersBounded: where all ask something else nobody looks any more, and
// where many do no more is kept than may be.
func TestAnswersBounded(t *testing.T) {
	driver := ours(t, Options{})
	client := client(t, driver)
	addTemplates(t, client, small("A", `violation[{"msg": "a"}] { input.review.object.metadata.labels.team == input.parameters.team }`))
	addConstraint(t, client, "A", "c", map[string]any{"team": "5"})
	queries, err := driver.prepared["A"].queries()
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 * mostAnswers {
		for range 2 {
			say(t, driver, client, podOf("x", fmt.Sprint(i)))
		}
		if kept := len(queries.answers.silent) + len(queries.answers.found); kept > mostAnswers+1 {
			t.Fatalf("%d answers are kept", kept)
		}
	}
	// Something is written.
	addConstraint(t, client, "A", "d", map[string]any{"team": "6"})
	for i := range 3 * trial {
		say(t, driver, client, podOf("x", fmt.Sprint(i)))
	}
	if asked := queries.answers.asked; asked != trial {
		t.Errorf("%d questions were looked up", asked)
	}
	said, _ := say(t, driver, client, podOf("x", "6"))
	if want := "d: a"; said != want {
		t.Errorf("want %s, found %s", want, said)
	}
}

// TestRepeatable: templates that see more than the review and the store are asked
// each time, and those that see the whole object.
func TestRepeatable(t *testing.T) {
	for name, tc := range map[string]struct {
		rule string
		want bool
	}{
		"review":           {`input.review.object.kind == "Pod"`, true},
		"inventory":        {`data.inventory.cluster.v1.Namespace[input.review.name]`, true},
		"time of an event": {`time.parse_rfc3339_ns(input.review.object.metadata.creationTimestamp) > 0`, true},
		"printed nowhere":  {`print(input.review.object.kind)`, true},
		"time":             {`time.now_ns() > 0`, false},
		"random":           {`rand.intn("a", 3) == 1`, false},
		"identifier":       {`uuid.rfc4122("a") != ""`, false},
		"web token":        {`io.jwt.decode_verify(input.review.name, {})[0]`, false},
		"certificate":      {`crypto.x509.parse_and_verify_certificates(input.review.name)[0]`, false},
		"runtime":          {`opa.runtime()`, false},
		"replaced":         {`input.review.name with time.now_ns as 1`, false},
		"provider":         {`external_data({"provider": "p", "keys": []})`, false},
		"in a function":    {"late(1)\n}\nlate(x) {\n\ttime.now_ns() > x", false},
		"whole object":     {`json.marshal(input.review.object) != ""`, false},
		"whole review":     {`json.marshal(input.review) != ""`, false},
	} {
		t.Run(name, func(t *testing.T) {
			driver := ours(t, Options{Providers: externaldata.NewCache()})
			template, err := compile.Internal(small("A", "violation[{\"msg\": \"a\"}] {\n\t"+tc.rule+"\n}").template)
			if err != nil {
				t.Fatal(err)
			}
			if err := driver.AddTemplate(t.Context(), template); err != nil {
				t.Fatal(err)
			}
			queries, err := driver.prepared["A"].queries()
			if err != nil {
				t.Fatal(err)
			}
			if got := queries.answers != nil; got != tc.want {
				t.Errorf("remembered: %t", got)
			}
		})
	}
}

// TestPrinted: what prints is asked each time.
func TestPrinted(t *testing.T) {
	driver := ours(t, Options{Print: true})
	template, err := compile.Internal(small("A", `violation[{"msg": "a"}] { print(input.review.name) }`).template)
	if err != nil {
		t.Fatal(err)
	}
	if err := driver.AddTemplate(t.Context(), template); err != nil {
		t.Fatal(err)
	}
	queries, err := driver.prepared["A"].queries()
	if err != nil || queries.answers != nil {
		t.Errorf("answers are remembered, %v", err)
	}
}
