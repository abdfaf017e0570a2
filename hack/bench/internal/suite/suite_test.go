package suite

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes/fake"
)

// stub answers the client's functions from data.
const stub = `package kubernetes.api.client

query_all("pods") := {"body": {"items": data.pods}}

query_name_ns("pods", name, namespace) := {"body": pod} if {
	some pod in data.pods
	pod.metadata.name == name
	pod.metadata.namespace == namespace
}`

func pod(name, team, image, init string) *corev1.Pod {
	p := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: "of-" + name, Name: name, UID: types.UID("uid-" + name), Labels: map[string]string{}},
		Spec:       corev1.PodSpec{NodeName: "node-of-" + name, Containers: []corev1.Container{{Image: image}, {Image: "proxy"}}},
	}
	if team != "" {
		p.Labels["app.kubernetes.io/part-of"] = team
	}
	if init != "" {
		p.Spec.InitContainers = []corev1.Container{{Image: init}}
	}
	return p
}

var (
	cluster = []*corev1.Pod{pod("a", "blue", "web", ""), pod("b", "red", "db", "migrate"), pod("c", "blue", "web", ""), pod("d", "", "job", "web")}
	truth   = Truth{
		Count:  4,
		Images: []string{"db", "job", "migrate", "proxy", "web"},
		Teams:  map[string]int{"blue": 2, "red": 1},
		Calls:  Calls{Answers: 20, Nodes: []string{"node-of-a", "node-of-c"}},
	}
	input = Input{Rounds: 10, Pods: []Pod{{Name: "a", Namespace: "of-a", node: "node-of-a"}, {Name: "c", Namespace: "of-c", node: "node-of-c"}}}
)

func TestRead(t *testing.T) {
	client := fake.NewClientset()
	for _, p := range cluster {
		if _, err := client.CoreV1().Pods(p.Namespace).Create(t.Context(), p, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	gotTruth, gotInput, err := Read(t.Context(), client, 2)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(truth, gotTruth) + cmp.Diff(input, gotInput, cmp.AllowUnexported(Pod{})); diff != "" {
		t.Error(diff)
	}
	if _, all, err := Read(t.Context(), client, 500); err != nil || len(all.Pods) != len(cluster) {
		t.Errorf("of few pods, %d are asked for, %v", len(all.Pods), err)
	}
}

// TestPolicies wants each policy to come to what the census found.
func TestPolicies(t *testing.T) {
	items, err := json.Marshal(cluster)
	if err != nil {
		t.Fatal(err)
	}
	benchmarks, err := Write(t.TempDir(), nil, input)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range benchmarks {
		t.Run(b.Name, func(t *testing.T) {
			got := evaluate(t, b, items)
			if err := b.Check(got, truth); err != nil {
				t.Error(err)
			}
			for name, wrong := range map[string]Truth{"none": {}, "another": {Count: 5, Images: []string{"web"}, Teams: map[string]int{"blue": 3}}} {
				if err := b.Check(got, wrong); err == nil || !strings.HasPrefix(err.Error(), "checking the result of "+b.Name+": want ") {
					t.Errorf("%s: %v", name, err)
				}
			}
		})
	}
}

func evaluate(t *testing.T, b Benchmark, items []byte) []byte {
	t.Helper()
	document, err := os.ReadFile(b.Input)
	if err != nil {
		t.Fatal(err)
	}
	policy, err := os.ReadFile(b.Policy)
	if err != nil {
		t.Fatal(err)
	}
	var in, pods any
	if err := json.Unmarshal(document, &in); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(items, &pods); err != nil {
		t.Fatal(err)
	}
	results, err := rego.New(
		rego.Query(Expression), rego.Input(in), rego.Module("client.rego", stub), rego.Module(b.Policy, string(policy)),
		rego.Store(inmem.NewFromObject(map[string]any{"pods": pods})),
	).Eval(t.Context())
	if err != nil || len(results) != 1 {
		t.Fatalf("found %v, %v", results, err)
	}
	text, err := json.Marshal(results[0].Expressions[0].Value)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestWrite(t *testing.T) {
	dir := t.TempDir()
	got, err := Write(dir, []string{"calls", "count"}, input)
	if err != nil {
		t.Fatal(err)
	}
	file := func(name string) string { return filepath.Join(dir, name) }
	want := []Benchmark{
		{Name: "count", About: "count of all Pods", Lists: true, Policy: file("count.rego"), Input: file("input.json")},
		{Name: "calls", About: "2 different `query_name_ns` calls, each ten times", Policy: file("calls.rego"), Input: file("input.json")},
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(Benchmark{})); diff != "" {
		t.Error(diff)
	}
	if _, err := Write(file("none"), nil, input); err == nil {
		t.Error("it writes into a folder that is not there")
	}
}

func TestCheckRefuses(t *testing.T) {
	b := benchmarks[0]
	for output, want := range map[string]string{
		"":                                   "reading the result of count: unexpected end of JSON input: ",
		"undefined":                          "reading the result of count: invalid character 'u' looking for beginning of value: undefined",
		`"` + strings.Repeat("1", 500) + `"`: "checking the result of count: want 4, found \"" + strings.Repeat("1", 499) + "…",
		"4 4":                                "reading the result of count: invalid character '4' after top-level value: 4 4",
		`"4"`:                                `checking the result of count: want 4, found "4"`,
	} {
		if err := b.Check([]byte(output), truth); err == nil || err.Error() != want {
			t.Errorf("want %s, found %v", want, err)
		}
	}
}
