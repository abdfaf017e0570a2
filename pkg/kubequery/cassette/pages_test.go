package cassette

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery"
)

var threePages = map[string]string{
	"":   `{"kind":"NodeList","metadata":{"resourceVersion":"7","continue":"t1","remainingItemCount":2},"items":[{"metadata":{"name":"a"}}]}`,
	"t1": `{"kind":"NodeList","metadata":{"resourceVersion":"7","continue":"t2","remainingItemCount":1},"items":[{"metadata":{"name":"b"}}]}`,
	"t2": `{"kind":"NodeList","metadata":{"resourceVersion":"8"},"items":[{"metadata":{"name":"c"}}]}`,
}

// paged is a cluster with a list of three pages.
var paged = fake{answer: func(r kubequery.Request) (int, string) { return 200, threePages[r.Continue] }}

// names are those of the objects of the one list that was recorded.
func names(t *testing.T, r *Recorder) []string {
	t.Helper()
	c, err := r.Cassette()
	if err != nil {
		t.Fatal(err)
	}
	var list struct {
		Items []struct{ Metadata struct{ Name string } }
	}
	if err := json.Unmarshal(c.answers[0].body, &list); err != nil || len(c.answers) != 1 {
		t.Fatal(err, len(c.answers))
	}
	names := []string{}
	for _, item := range list.Items {
		names = append(names, item.Metadata.Name)
	}
	return names
}

// TestPages shows that pages become one list, whatever order they come in.
func TestPages(t *testing.T) {
	for name, tokens := range map[string][]string{
		"in order":           {"", "t1", "t2"},
		"fetched ahead":      {"t1", "", "t2"},
		"one more":           {"", "t1", "t2", "t2"},
		"two at a time":      {"", "", "t1", "t1", "t2"},
		"begun and left":     {"", "t1", "", "t1", "t2"},
		"twice":              {"", "t1", "t2", "", "t1", "t2"},
		"begun once more":    {"", "t1", "t2", ""},
		"the last one first": {"t2", "t1", ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := NewRecorder(paged, Options{})
			for _, token := range tokens {
				ask(t, r, kubequery.Request{Resource: nodes, Limit: 1, Continue: token})
			}
			if diff := cmp.Diff([]string{"a", "b", "c"}, names(t, r)); diff != "" {
				t.Error(diff)
			}
			c, _ := r.Cassette()
			want := `{"kind":"NodeList","metadata":{"resourceVersion":"7"},"items":[{"metadata":{"name":"a"}},{"metadata":{"name":"b"}},{"metadata":{"name":"c"}}]}`
			if diff := cmp.Diff(want, string(c.answers[0].body)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestExpired shows that a list that was begun again is the new one alone, and
// that a refusal in the middle is the answer.
func TestExpired(t *testing.T) {
	type step struct {
		token, body string
		code        int
	}
	page := func(next, name string) string {
		return `{"metadata":{"continue":"` + next + `"},"items":[{"metadata":{"name":"` + name + `"}}]}`
	}
	for name, tc := range map[string]struct {
		steps []step
		want  string
	}{
		"begun again": {
			[]step{{"", page("t", "old"), 200}, {"t", page("u", "old2"), 200}, {"u", "{}", 410}, {"", page("t", "new"), 200}, {"t", page("", "new2"), 200}},
			`{"metadata":{},"items":[{"metadata":{"name":"new"}},{"metadata":{"name":"new2"}}]}`,
		},
		"shorter then": {
			[]step{{"", page("t", "old"), 200}, {"t", "{}", 410}, {"", page("", "new"), 200}},
			`{"metadata":{},"items":[{"metadata":{"name":"new"}}]}`,
		},
		"begun again unasked": {
			[]step{{"", page("t", "old"), 200}, {"", page("t", "new"), 200}, {"t", page("", "end"), 200}},
			`{"metadata":{},"items":[{"metadata":{"name":"new"}},{"metadata":{"name":"end"}}]}`,
		},
		"gone at once":             {[]step{{"", `{"code":410}`, 410}}, `{"code":410}`},
		"refused in between":       {[]step{{"", page("t", "old"), 200}, {"t", `{"code":403}`, 403}}, `{"code":403}`},
		"no list":                  {[]step{{"", `{"items":{}}`, 200}}, `{"items":{}}`},
		"null":                     {[]step{{"", `{"items":null,"kind":"L"}`, 200}}, `{"kind":"L","items":[]}`},
		"metadata of another kind": {[]step{{"", `{"metadata":7,"items":[7, null]}`, 200}}, `{"metadata":7,"items":[7,null]}`},
	} {
		t.Run(name, func(t *testing.T) {
			i := -1
			r := NewRecorder(fake{answer: func(kubequery.Request) (int, string) { i++; return tc.steps[i].code, tc.steps[i].body }}, Options{})
			for _, step := range tc.steps {
				ask(t, r, kubequery.Request{Resource: nodes, Continue: step.token})
				if pages := r.asked[questionOf(kubequery.Request{Resource: nodes})].pages; step.code == 410 && pages.first != nil {
					t.Errorf("want nothing of an expired list to stay, found %v", pages)
				}
			}
			c, err := r.Cassette()
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, string(c.answers[0].body)); diff != "" {
				t.Error(diff)
			}
		})
	}
}
