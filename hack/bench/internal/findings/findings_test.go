package findings

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// gatorOutput has two findings, not in order.
const gatorOutput = `[
    {"target": "t", "msg": "no owner", "constraint": {"kind": "K8sRequiredLabels", "metadata": {"name": "owner"}, "spec": {}},
     "violatingObject": {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "namespace": "n"}, "spec": {}}, "trace": null},
    {"msg": "no \"tag\"", "constraint": {"kind": "Images", "metadata": {"name": "tags"}},
     "violatingObject": {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "b"}}}
]`

var (
	owner = Finding{"K8sRequiredLabels", "owner", "v1 Pod n/a", "no owner"}
	tag   = Finding{"Images", "tags", "apps/v1 Deployment /b", `no "tag"`}
)

func TestRead(t *testing.T) {
	for text, want := range map[string][]Finding{gatorOutput: {tag, owner}, "null": {}, "": {}, "[]": {}} {
		got, err := Read(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
	if diff := cmp.Diff(map[string]int{"Images": 2, "K8sRequiredLabels": 1}, ByKind([]Finding{tag, tag, owner})); diff != "" {
		t.Error(diff)
	}
}

func TestReadRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"{}":               "reading findings: it starts with {, not with [",
		"[{}":              "reading findings: EOF",
		"auditing objects": "reading findings: invalid character 'a' looking for beginning of value",
		gatorOutput[:100]:  "reading findings: unexpected EOF",
		`[{"msg": 1}]`:     "reading findings: json: cannot unmarshal number into Go struct field result.msg of type string",
	} {
		if got, err := Read(strings.NewReader(text)); err == nil || err.Error() != want || got != nil {
			t.Errorf("want %s, found %v, %v", want, got, err)
		}
	}
}

func TestCompare(t *testing.T) {
	missing, extra := fmt.Sprintf("comparing findings: it has not found %+v", owner), fmt.Sprintf("comparing findings: nobody else found %+v", tag)
	for _, tc := range []struct {
		want, got []Finding
		message   string
	}{
		{nil, nil, ""},
		{[]Finding{tag, owner}, []Finding{tag, owner}, ""},
		{[]Finding{tag, owner}, []Finding{tag}, missing},
		{[]Finding{owner}, []Finding{tag, owner}, extra},
		{[]Finding{owner}, []Finding{owner, owner}, fmt.Sprintf("comparing findings: nobody else found %+v", owner)},
		{[]Finding{tag}, []Finding{tag, tag}, extra},
		{[]Finding{owner, owner}, []Finding{owner}, missing},
	} {
		got := ""
		if err := Compare(tc.want, tc.got); err != nil {
			got = err.Error()
		}
		if diff := cmp.Diff(tc.message, got); diff != "" {
			t.Error(diff)
		}
	}
}

func TestMessages(t *testing.T) {
	const report = `{"kind": "R", "findings": [{"message": "one", "x": {"message": "two"}}, {"message": "one", "messages": ["message"]}], "message": {"n": null, "e": []}}`
	got, err := Messages(strings.NewReader(report))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]int{"one": 2, "two": 1}, got); diff != "" {
		t.Error(diff)
	}
	two := []Finding{{Message: "one"}, {Message: "two"}, {Message: "one"}}
	if err := CompareMessages(two, got); err != nil {
		t.Error(err)
	}
	for want, found := range map[string][]Finding{
		`comparing messages: want "one" 1 times, found it 2 times`:   two[1:],
		`comparing messages: want "two" 0 times, found it 1 times`:   {two[0], two[2]},
		`comparing messages: want "three" 1 times, found it 0 times`: append(two, Finding{Message: "three"}),
	} {
		if err := CompareMessages(found, got); err == nil || err.Error() != want {
			t.Errorf("want %s, found %v", want, err)
		}
	}
}

func TestMessagesRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"":         "reading messages: unexpected EOF",
		`{"a": [1`: "reading messages: unexpected EOF",
		"{} {}":    "reading messages: something comes after it",
		"{,}":      "reading messages: invalid character ','",
	} {
		if got, err := Messages(strings.NewReader(text)); err == nil || err.Error() != want || got != nil {
			t.Errorf("want %s, found %v, %v", want, got, err)
		}
	}
}
