package regodriver

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"reflect"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	constraintclient "github.com/open-policy-agent/frameworks/constraint/pkg/client"
	"github.com/open-policy-agent/frameworks/constraint/pkg/client/reviews"
	"github.com/open-policy-agent/frameworks/constraint/pkg/types"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/target"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/util"
	admissionv1 "k8s.io/api/admission/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
)

var (
	count = flag.Int("reviews", 10_000, "how many mutated reviews both drivers get; 1000000 by hand")
	seed  = flag.Uint64("seed", 7, "where the mutations start")
)

// pair is Gatekeeper's client with each of the drivers.
type pair struct {
	original, ours *constraintclient.Client
	driver         *Driver
}

func newPair(t testing.TB, policies ...policy) pair {
	t.Helper()
	driver := ours(t, Options{})
	p := pair{client(t, original(t)), client(t, driver), driver}
	addTemplates(t, p.original, policies...)
	addTemplates(t, p.ours, policies...)
	return p
}

// both does the same with both clients, and wants the same verdict.
func (p pair) both(t testing.TB, what string, do func(*constraintclient.Client) error) {
	t.Helper()
	want, got := do(p.original), do(p.ours)
	if (want == nil) != (got == nil) {
		t.Fatalf("%s\nwant %v\ngot  %v", what, want, got)
	}
}

// review reviews with both clients, and returns how many results there are.
func (p pair) review(t testing.TB, what any, opts ...reviews.ReviewOpt) int {
	t.Helper()
	opts = append(opts, reviews.EnforcementPoint(util.AuditEnforcementPoint))
	found := p.compare(t, what, what, opts)
	if manifest, ok := what.(target.AugmentedUnstructured); ok {
		p.compare(t, what, decodedReview{described(manifest)}, opts)
	}
	return found
}

// described is what Gatekeeper's target makes of an object, without JSON.
func described(of target.AugmentedUnstructured) Manifest {
	manifest := Manifest{
		Kind: metav1.GroupVersionKind(of.Object.GroupVersionKind()), Name: of.Object.GetName(), Namespace: of.Object.GetNamespace(),
		Operation: of.Operation, Object: of.Object.Object,
	}
	if of.Operation == admissionv1.Delete {
		manifest.OldObject = manifest.Object
	}
	return manifest
}

// compare reviews the same with both clients, in a form of its own with ours.
func (p pair) compare(t testing.TB, what, ofOurs any, opts []reviews.ReviewOpt) int {
	t.Helper()
	want, wantErr := ask(p.original, what, opts)
	got, err := ask(p.ours, ofOurs, opts)
	// The client hands constraints over in random order, and the type of a number
	// in details can depend on it, with ours as with the frameworks' driver: for
	// one order, which comes soon, the answers have to be the same.
	for range 30 {
		if wantErr == err && reflect.DeepEqual(want, got) {
			return len(want)
		}
		want, wantErr = ask(p.original, what, opts)
		got, err = ask(p.ours, ofOurs, opts)
	}
	text, _ := json.Marshal(what)
	t.Fatalf("%s\nwant error %s, got %s\n%s", text, wantErr, err, cmp.Diff(want, got))
	return 0
}

// ask returns results in the order that the client gives them. All are of one
// kind here, so that order is not left to chance.
func ask(client *constraintclient.Client, what any, opts []reviews.ReviewOpt) ([]*types.Result, string) {
	responses, err := client.Review(context.Background(), what, opts...)
	if responses == nil || responses.ByTarget[target.Name] == nil {
		return nil, fmt.Sprint(err)
	}
	return responses.ByTarget[target.Name].Results, fmt.Sprint(err)
}

// TestDifferential gives mutated objects and parameters to Gatekeeper's driver
// and ours, template by template. The long run:
//
//	go test ./pkg/engine/regodriver -run TestDifferential -timeout 60m -reviews 1000000
func TestDifferential(t *testing.T) {
	// Most of the time would go into collecting garbage.
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	policies := corpus(t)
	objects := []any{}
	read(t, "testdata/objects.yaml", &objects)
	objects = integers(objects).([]any)
	var reviewed, found, remembered atomic.Int64
	t.Run("templates", func(t *testing.T) {
		for i, one := range policies {
			t.Run(one.kind, func(t *testing.T) {
				t.Parallel()
				pair := newPair(t, one)
				for round := 0; round*100 < *count/len(policies); round++ {
					g := newGenerator(*seed, uint64(i)<<32+uint64(round), objects)
					found.Add(int64(g.round(t, pair, one)))
					reviewed.Add(100)
					remembered.Add(int64(pair.remembered(t, one.kind)))
				}
			})
		}
	})
	t.Logf("%d reviews, %d results, %d remembered answers", reviewed.Load(), found.Load(), remembered.Load())
	if !t.Failed() && found.Load() < reviewed.Load()/2 {
		t.Error("most reviews found nothing: the mutations hit nothing")
	}
	if !t.Failed() && remembered.Load() < reviewed.Load()/10 {
		t.Error("few answers were remembered: they are not what is compared")
	}
}

// remembered is how many answers of a template our driver remembered since
// something was written.
func (p pair) remembered(t testing.TB, kind string) int {
	t.Helper()
	queries, err := p.driver.prepared[kind].queries()
	if err != nil {
		t.Fatal(err)
	}
	if queries.answers == nil {
		return 0
	}
	return queries.answers.known
}

// round is 100 reviews with the same constraints and inventory.
func (g *generator) round(t *testing.T, pair pair, of policy) (found int) {
	ctx := context.Background()
	for i, parameters := range of.parameters {
		parameters = integers(runtime.DeepCopyJSONValue(integers(parameters)))
		if parameters != nil {
			parameters = g.mutate(parameters, g.IntN(3))
		}
		made := constraint(of.kind, fmt.Sprintf("c%d", i), parameters)
		pair.both(t, "adding a constraint", func(client *constraintclient.Client) error {
			_, err := client.AddConstraint(ctx, made.DeepCopy())
			return err
		})
	}
	pair.both(t, "removing all data", func(client *constraintclient.Client) error {
		_, err := client.RemoveData(ctx, target.WipeData())
		return err
	})
	for range 8 {
		object := g.object()
		pair.both(t, "adding data", func(client *constraintclient.Client) error {
			_, err := client.AddData(ctx, object.DeepCopy())
			return err
		})
	}
	object := g.object()
	pair.both(t, "removing data", func(client *constraintclient.Client) error {
		_, err := client.RemoveData(ctx, object.DeepCopy())
		return err
	})
	for range 100 {
		review, opts := g.review()
		found += pair.review(t, review, opts...)
	}
	return found
}

// object is a mutated object that still has a kind.
func (g *generator) object() *unstructured.Unstructured {
	seed := pick(g, g.seeds).(map[string]any)
	object, ok := g.mutate(seed, g.IntN(5)).(map[string]any)
	if !ok {
		object = runtime.DeepCopyJSON(seed)
	}
	object["apiVersion"], object["kind"] = seed["apiVersion"], seed["kind"]
	return &unstructured.Unstructured{Object: object}
}

// review is a review as audit and gator make it, or as the webhook does.
func (g *generator) review() (any, []reviews.ReviewOpt) {
	opts := []reviews.ReviewOpt{}
	switch g.IntN(4) {
	case 0:
		opts = append(opts, reviews.Namespace(map[string]any{}))
	case 1:
		opts = append(opts, reviews.Namespace(runtime.DeepCopyJSON(g.object().Object)))
	case 2:
		opts = append(opts, reviews.Namespace(nil))
	}
	object := g.object()
	if g.IntN(3) > 0 {
		operation := pick(g, []admissionv1.Operation{"", "", admissionv1.Create, admissionv1.Delete})
		return target.AugmentedUnstructured{Object: *object, Operation: operation}, opts
	}
	gvk := object.GroupVersionKind()
	request := &admissionv1.AdmissionRequest{
		UID: "1", Name: object.GetName(), Namespace: object.GetNamespace(), Operation: admissionv1.Create,
		Kind:   metav1.GroupVersionKind{Group: gvk.Group, Version: gvk.Version, Kind: gvk.Kind},
		Object: runtime.RawExtension{Raw: g.raw(object)},
	}
	request.UserInfo.Username = "someone"
	switch g.IntN(4) {
	case 0:
		request.Operation, request.OldObject = admissionv1.Update, runtime.RawExtension{Raw: g.raw(g.object())}
	case 1:
		request.Operation, request.OldObject, request.Object = admissionv1.Delete, request.Object, runtime.RawExtension{}
	case 2:
		dry := true
		request.DryRun, request.Options = &dry, runtime.RawExtension{Raw: []byte(`{"dryRun":["All"],"n":1.0}`)}
	}
	return &target.AugmentedReview{AdmissionRequest: request, IsAdmission: true}, opts
}

// raw is an object as an API server could send it: spaces, numbers in other
// forms, keys twice, escapes, bytes that are no UTF-8; and rarely no JSON.
func (g *generator) raw(object *unstructured.Unstructured) []byte {
	text, err := json.MarshalIndent(object.Object, "", " ")
	if err != nil {
		panic(err)
	}
	from, to := "", ""
	switch g.IntN(12) {
	case 0:
		from, to = `"metadata":`, `"x": 12345678901234567890, "y": 1E3, "z": -0, "zz": 0.10, "metadata":`
	case 1:
		from, to = `"metadata":`, `"metadata": {"labels": {"app": "twice"}}, "metadata":`
	case 2:
		from, to = `"app":`, `"\u0061pp": "\ud83d\ude00\ud800\u2028<", "app":`
	case 3:
		from, to = `"kind": "`, "\"bytes\": \"\xff\xc0\", \"kind\": \""
	case 4:
		if g.IntN(20) == 0 {
			return text[:g.IntN(len(text))]
		}
	}
	return []byte(strings.Replace(string(text), from, to, 1))
}

// integers turns numbers without a fraction into int64, as objects have them
// that come from Kubernetes' decoders.
func integers(value any) any {
	switch value := value.(type) {
	case map[string]any:
		for key, member := range value {
			value[key] = integers(member)
		}
	case []any:
		for i, member := range value {
			value[i] = integers(member)
		}
	case float64:
		if value == float64(int64(value)) && value < 1<<53 {
			return int64(value)
		}
	}
	return value
}
