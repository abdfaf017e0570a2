package manifest

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestLarge wants what is wrong in texts that are not held as a whole to be
// told, and what is behind it to be read.
func TestLarge(t *testing.T) {
	long := strings.Repeat("x", 2*whole)
	first := "{\"kind\": \"A\", \"apiVersion\": \"v1\", \"x\": \"" + long + "\"}"
	item := "- kind: A\n  apiVersion: v1\n  x: \"" + strings.Repeat("x", 1000) + "\"\n"
	items := strings.Repeat(item, 1100)
	for name, tc := range map[string]struct {
		text string
		want []string
	}{
		"object":      {"{\"kind\": \"A\",\n\"x\": \"" + long + "\"}\n{\"kind\": \"B\"}", []string{"f:1 A", "f:3 B"}},
		"other items": {"{\"items\": [" + first + "], \"x\": 1,\n\"kind\": \"A\"}", []string{"f:1 A #0", "error f:1: malformed document: the items of this document were read as those of a List, but its kind is \"A\""}},
		"known kind":  {"{\"kind\": \"A\", \"items\": [" + first + "]}", []string{"f:1 A"}},
		"untyped": {"{\"items\": [" + first + ",\n{\"a\": 1}], \"kind\": \"List\"}", []string{
			"f:1 A #0", "error f:2: malformed document: item 1 has no kind, and the list does not tell one before its items"}},
		"typed before": {"{\"kind\": \"BList\", \"apiVersion\": \"v1\", \"items\": [{\"a\": \"" + long + "\"},\n{}]}", []string{"f:1 B #0", "f:2 B #1"}},
		"typed behind": {"{\"items\": [{\"a\": \"" + long + "\"},\n{}], \"kind\": \"BList\", \"apiVersion\": \"v1\"}", []string{"f:1 B #0", "f:2 B #1"}},
		"no map":       {"{\"kind\": \"List\", \"items\": [" + first + ",\n1, {\"kind\": \"B\"}]}", []string{"f:1 A #0", "error f:2: malformed document: item 1 of the List is no map of fields", "f:2 B #2"}},
		"no items":     {"{\"kind\": \"List\", \"x\": \"" + long + "\", \"items\": []}\n{\"kind\": \"B\"}", []string{"f:2 B"}},
		"twice": {"{\"kind\": \"List\", \"items\": [" + first + "],\n\"kind\": \"List\"}\n{\"kind\": \"B\"}", []string{
			"f:1 A #0", "error f:2:7: malformed document: field \"kind\" is there twice, first on line 1", "f:3 B"}},
		"truncated": {"{\"kind\": \"List\",\n\"items\": [" + first + ",\n{\"kind\": ", []string{
			"f:2 A #0", "error f:1: malformed document: the object that begins here is not closed: the text ends inside of it"}},
		"no comma": {"{\"kind\": \"List\",\n\"items\": [" + first + "\n{\"kind\": \"B\"}]}\n{\"kind\": \"C\"}", []string{
			"f:2 A #0", "error f:3:1: malformed document: want a comma or a closing bracket, found '{'", "f:4 C"}},
		"no colon": {"{\"kind\" 1, \"x\": \"" + long + "\"}\n---\n{\"kind\": \"C\"}", []string{"error f:1:9: malformed document: want a colon, found '1'", "f:3 C"}},
		"no name":  {"{\"kind\": 1, x: \"" + long + "\"}\n---\n{\"kind\": \"C\"}", []string{"error f:1:13: malformed document: want the name of a field, found 'x'", "f:3 C"}},
		"bad item": {"{\"kind\": \"List\", \"items\": [" + first + ",\n{\"a\": 1, \"a\": 2},\n{\"kind\": \"C\"}]}", []string{
			"f:1 A #0", "error f:2: malformed document: key \"a\" already set in map, on line 2", "f:3 C #2"}},
		"bad word":     {"{\"kind\": \"A\", \"x\": \"" + long + "\",\n\"y\": tru}\n", []string{"error f:2:9: malformed document: invalid character '}' in literal true (expecting 'e')"}},
		"yaml twice":   {"kind: List\nitems:\n" + items + "kind: List\n", []string{"error f:3303: malformed document: key \"kind\" already set in map, on line 1"}},
		"yaml no list": {"items:\n" + items + "kind: A\n---\nkind: B\n", []string{"error f:1: malformed document: the items of this document were read as those of a List, but its kind is \"A\"", "f:3304 B"}},
		"yaml bad items": {"kind: List\nitems:\n" + items + "- 1\n-\n- a: [\n- {kind: B}\n", []string{
			"error f:3303: malformed document: item 1100 of the List is no map of fields",
			"error f:3304: malformed document: item 1101 of the List is no map of fields",
			"error f:3305: malformed document: did not find expected node content", "f:3306 B #1103"}},
		"yaml bad tail": {"kind: List\nitems:\n" + items + "metadata: [\n---\nkind: B\n", []string{"error f:3303: malformed document: did not find expected node content", "f:3305 B"}},
	} {
		t.Run(name, func(t *testing.T) {
			got := streamed(tc.text, Options{})
			if strings.HasPrefix(name, "yaml ") {
				if len(got) < 1100 {
					t.Fatalf("%d documents: %q", len(got), got)
				}
				got = got[1100:]
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
