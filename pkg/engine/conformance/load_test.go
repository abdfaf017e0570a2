package conformance

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

const shared = `
templates:
- {kind: ConstraintTemplate, metadata: {name: conformhit}, spec: {crd: {spec: {names: {kind: ConformHit}}}}}
objects:
  configmap: {apiVersion: v1, kind: ConfigMap, metadata: {name: $case, namespace: $case, labels: {a: "1"}}}
`

const sample = `
cases:
- name: one
  match: {name: $case}
  reviews:
  - object: configmap
    with: {metadata: {labels: {a: null, b: "2"}}, data: {size: 9007199254740993}}
    want: [hit]
    differs: {gator: {why: because, want: [{constraint: other, message: other, actions: [warn], details: {size: 1}}]}}
- name: two
  points: [webhook]
  unseen: because
  namespaces: {$case-x: {team: a}}
  constraints: [{name: $case-x, spec: {parameters: {p: 1}}}]
  given: [{apiVersion: v1, kind: Secret, metadata: {name: $case}}]
  besides: [b, a]
  reviews:
  - {operation: DELETE, oldObject: configmap, with: {metadata: {name: x}}, error: [wrong]}
`

func marked(id, name string, labels map[string]any) map[string]any {
	return map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{
		"name": name, "namespace": id, "labels": labels, "annotations": map[string]any{"case": id},
	}}
}

func constraint(name string, spec map[string]any) map[string]any {
	return map[string]any{
		"apiVersion": "constraints.gatekeeper.sh/v1beta1", "kind": "ConformHit",
		"metadata": map[string]any{"name": name}, "spec": spec,
	}
}

func namespace(name string, labels map[string]any) map[string]any {
	labels["kubernetes.io/metadata.name"] = name
	return map[string]any{"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": name, "labels": labels}}
}

func TestLoad(t *testing.T) {
	cases, err := Load(fstest.MapFS{"shared.yaml": {Data: []byte(shared)}, "a.yaml": {Data: []byte(sample)}, "c.txt": {}})
	if err != nil {
		t.Fatal(err)
	}
	template := map[string]any{
		"kind": "ConstraintTemplate", "metadata": map[string]any{"name": "conformhit"},
		"spec": map[string]any{"crd": map[string]any{"spec": map[string]any{"names": map[string]any{"kind": "ConformHit"}}}},
	}
	first := marked("a-1", "a-1", map[string]any{"b": "2"})
	first["data"] = map[string]any{"size": int64(9007199254740993)}
	want := []Case{
		{
			ID: "a-1", Name: "one", Points: []Point{Webhook, Audit, Gator}, Templates: []map[string]any{template},
			Constraints: []map[string]any{constraint("a-1", map[string]any{
				"match": map[string]any{"name": "a-1"}, "parameters": map[string]any{"case": "a-1"},
			})},
			Namespaces: []map[string]any{namespace("a-1", map[string]any{})},
			Reviews: []Review{{
				Object: first, Operation: Create, Points: []Point{Webhook, Audit, Gator},
				Answer: Answer{Want: []Violation{{Constraint: "a-1", Message: "hit", Actions: []string{"deny"}}}},
				Differs: map[Point]Answer{Gator: {Why: "because", Want: []Violation{
					{Constraint: "other", Message: "other", Actions: []string{"warn"}, Details: map[string]any{"size": 1.0}},
				}}},
			}},
		},
		{
			ID: "a-2", Name: "two", Points: []Point{Webhook}, Unseen: "because", Templates: []map[string]any{template},
			Constraints: []map[string]any{constraint("a-2-x", map[string]any{"parameters": map[string]any{"case": "a-2", "p": int64(1)}})},
			Namespaces:  []map[string]any{namespace("a-2-x", map[string]any{"team": "a"})},
			Given:       []map[string]any{{"apiVersion": "v1", "kind": "Secret", "metadata": map[string]any{"name": "a-2"}}},
			Besides:     []string{"a", "b"},
			Reviews: []Review{{
				OldObject: marked("a-2", "x", map[string]any{"a": "1"}), Operation: Delete, Points: []Point{Webhook}, Unseen: "because",
				Answer: Answer{Error: []string{"wrong"}},
			}},
		},
	}
	if diff := cmp.Diff(want, cases, cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
	if r := cases[0].Reviews[0]; r.AnswerAt(Gator).Why != "because" || r.AnswerAt(Audit).Why != "" || !r.At(Audit) || cases[1].Reviews[0].At(Audit) {
		t.Error("a point is wrong")
	}
}

// TestLoadRefuses shows that a case which would prove nothing, or something else, is no case.
func TestLoadRefuses(t *testing.T) {
	review := func(text string) string { return "{cases: [{name: a, match: {}, reviews: [" + text + "]}]}" }
	for text, want := range map[string]string{
		`{cases: []}`: `there are none`,
		`{case: []}`:  `unknown field "case"`,
		`{cases: [{name: a, match: {}, reviews: [{object: configmap}], x: 1}]}`:              `unknown field "x"`,
		`{cases: [{match: {}, reviews: [{object: configmap}]}]}`:                             `it has no name`,
		`{cases: [{name: a, match: {}}]}`:                                                    `or no reviews`,
		`{cases: [{name: a, reviews: [{object: configmap}]}]}`:                               `neither a match nor constraints`,
		`{cases: [{name: a, constraints: [{kind: X}], reviews: [{object: configmap}]}]}`:     `no template for the kind "X"`,
		`{cases: [{name: a, points: [here], match: {}, reviews: [{object: configmap}]}]}`:    `no point "here"`,
		`{templates: [{kind: ConstraintTemplate}]}`:                                          `of the kind ""`,
		`{templates: [{spec: {crd: {spec: {names: {kind: ConformHit}}}}}]}`:                  `"ConformHit", which is none or there twice`,
		`{objects: {configmap: {}}}`:                                                         `object "configmap" is there twice`,
		review(`{}`):                                                                         `review 1: it has no object`,
		review(`{object: secret}`):                                                           `there is no object "secret"`,
		review(`{object: configmap, operation: CONNECT}`):                                    `there is no operation "CONNECT"`,
		review(`{object: configmap, operation: UPDATE}`):                                     `only the webhook knows operations`,
		review(`{object: configmap, user: a}`):                                               `only the webhook knows operations and users`,
		review(`{object: configmap, points: [audit], fromCache: true}`):                      `only the audit has a cache`,
		review(`{object: configmap, want: [a], error: [b]}`):                                 `violations and an error`,
		review(`{object: configmap, want: [{msg: a}]}`):                                      `unknown field "msg"`,
		review(`{object: configmap, differs: {gator: {want: [a]}}}`):                         `has no reason`,
		review(`{object: configmap, points: [audit], differs: {gator: {why: b, want: []}}}`): `not one of that point`,
		review(`{object: configmap}`) + "\n---\n{}":                                          `more than one document`,
		`{cases: [{name: a, match: {}, reviews: [{object: configmap}]}, {name: a, match: {}, reviews: [{object: configmap}]}]}`: `there twice`,
	} {
		t.Run(text, func(t *testing.T) {
			cases, err := Load(fstest.MapFS{"a.yaml": {Data: []byte(shared)}, "b.yaml": {Data: []byte(text)}})
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("want an error with %s, found %v and %v", want, err, cases)
			}
		})
	}
}
