package items

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestCount(t *testing.T) {
	for text, want := range map[string]int{
		`{"items": []}`: 0,
		`{"kind": "PodList", "metadata": {"items": [1]}, "items": [{"items": [1, 2]}, {}]}` + "\n": 2,
		`{"items": [{}], "kind": "PodList"}`: 1,
	} {
		if got, err := Count(strings.NewReader(text)); err != nil || got != want {
			t.Errorf("%s: want %d, found %d, %v", text, want, got, err)
		}
	}
	for text, want := range map[string]string{
		``:                         "unexpected EOF",
		`[]`:                       "want {, found [",
		`{"kind": "PodList"}`:      "it has none",
		`{"items": null}`:          "want [, found <nil>",
		`{"items": [1]}`:           "json: cannot unmarshal number into Go value of type struct {}",
		`{"items": [{}, {}`:        "unexpected EOF",
		`{"items": [{}, {`:         "unexpected EOF",
		`{"items": [{}]`:           "unexpected EOF",
		`{"items": [{}], "kind": `: "unexpected EOF",
		`{"kind":`:                 "unexpected EOF",
		`{"items": []}{}`:          "something comes after it",
		"page not found":           "invalid character 'p' looking for beginning of value",
	} {
		want = "counting the items of a list: " + want
		if got, err := Count(strings.NewReader(text)); err == nil || err.Error() != want {
			t.Errorf("%s: want %s, found %d, %v", text, want, got, err)
		}
	}
}

// FuzzCount wants the items of every list that encoding/json reads.
func FuzzCount(f *testing.F) {
	for _, text := range []string{`{"items": [{}, {"a": [1, "]"]}], "kind": "x"}`, `{"items": [`, `{"a": {"items": []}}`, `{"items": [{}]} {}`} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := Count(strings.NewReader(text))
		var list struct {
			Items *[]struct{} `json:"items"`
		}
		strict := json.Unmarshal([]byte(text), &list)
		// encoding/json takes null for an object, names in any case, and the last of two.
		if err == nil && strict == nil && strings.Count(strings.ToLower(text), "items") == 1 && got != len(*list.Items) {
			t.Errorf("%s: want %d, found %d", text, len(*list.Items), got)
		}
		if err == nil && strict != nil {
			t.Errorf("%s: found %d, want %v", text, got, strict)
		}
	})
}
