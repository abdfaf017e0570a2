package manifest

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
)

// streamed is all that a stream gives: documents with their place and name, and errors.
func streamed(text string, options Options) []string {
	all := []string{}
	for d, err := range ParseStream("f", strings.NewReader(text), options) {
		if err != nil {
			all = append(all, "error "+err.Error())
			continue
		}
		line := fmt.Sprint(d.Position, " ", d.Value["kind"])
		if name := d.Object().GetName(); name != "" {
			line += " " + name
		}
		if index, ok := d.Item(); ok {
			line += fmt.Sprint(" #", index)
		}
		all = append(all, line)
	}
	return all
}

// TestStream wants the documents of all kinds of text, and what is wrong in
// one of them, without losing those behind it.
func TestStream(t *testing.T) {
	for name, tc := range map[string]struct {
		text string
		want []string
	}{
		"empty":        {"", nil},
		"blank":        {" \n\t\r\n\n", nil},
		"comments":     {"# a\n---\n  # b\n---\n...\n", nil},
		"separators":   {"---\n---\n--- # x\nkind: A\n---\n---\n", []string{"f:4 A"}},
		"nulls":        {"null\n---\n~\n---\nkind: A\n", []string{"f:5 A"}},
		"behind":       {"--- {kind: A}\n--- {kind: B}\n", []string{"f:1 A", "f:2 B"}},
		"tagged":       {"---\n!!map\nkind: A\n--- &x\nkind: B", []string{"f:2 A", "f:4 B"}},
		"ends":         {"kind: A\n...\nkind: B\n... # x\n---\nkind: C\n", []string{"f:1 A", "f:3 B", "f:6 C"}},
		"directives":   {"%YAML 1.1\n# x\n---\nkind: A\n...\n%YAML 1.1\n---\nkind: B\n", []string{"f:4 A", "f:8 B"}},
		"no separator": {"kind: ---a\n---a: 1\n", []string{"f:1 ---a"}},
		"block":        {"kind: A\na: |\n  ---\n  kind: X\n ---\nb: c\n", []string{"error f:4: malformed document: did not find expected key"}},
		"block text":   {"kind: A\na: |\n  ---\n  kind: X\n---\nkind: B\n", []string{"f:1 A", "f:6 B"}},
		"mark":         {"\xef\xbb\xbfkind: A\n\xef\xbb\xbf---\nkind: B\n---\n\xef\xbb\xbfkind: C\n", []string{"f:1 A", "f:3 B", "f:5 C"}},
		"crlf":         {"kind: A\r\na: |\r\n  x\r\n---\r\nkind: B\r\n", []string{"f:1 A", "f:5 B"}},
		"indented":     {"\n  kind: A\n  b: 1\n---\n kind: B", []string{"f:2 A", "f:5 B"}},
		"json":         {"{\"kind\": \"A\"}\n{\"kind\": \"B\"}{\"kind\":\n\"C\"} # x\n\n{}\n", []string{"f:1 A", "f:2 B", "f:2 C", "f:5 <nil>"}},
		"mixed":        {"{\"kind\": \"A\"}\n---\nkind: B\n---\n{\"kind\": \"C\"}\n{kind: D}\n", []string{"f:1 A", "f:3 B", "f:5 C", "f:6 D"}},
		"flow":         {"{kind: A}\n---\n{\"kind\": B, x: 1}\n---\n{\"kind\": \"C\"}\n", []string{"f:1 A", "f:3 B", "f:5 C"}},
		"brackets":     {"{\"kind\": \"}{\\\"\\\\\"}\n{\"kind\": \"B\"}", []string{"f:1 }{\"\\", "f:2 B"}},
		"lost before": {"{\"kind\": \"A\"} kind: B\n---\nkind: C", []string{
			"error f:1: malformed document: did not find expected key, in the document that begins here", "f:3 C"}},
		"less indented": {"  kind: A\nkind: B\n---\nkind: C", []string{
			"error f:1: malformed document: did not find expected <document start>", "f:4 C"}},
		"breaks in comments": {"# a\rkind: A\n--- # b\rkind: B\n---\nkind: C", []string{"f:2 A", "f:3 B", "f:4 C"}},
		"behind the end": {"kind: A\n... b\n---\nkind: C", []string{"f:1 A",
			"error f:2: malformed document: did not find expected node content, in the document that begins here", "f:4 C"}},
		"old breaks": {"kind: A\r---\rkind: B\n---\nkind: C", []string{
			"error f:1: malformed document: a second document that no line \"---\" separates, in the document that begins here", "f:3 C"}},
		"one bad":      {"kind: A\n---\n\ta: 1\n---\nkind: B\n", []string{"f:1 A", "error f:3: malformed document: found character that cannot start any token, in the document that begins here", "f:5 B"}},
		"one bad line": {"{\"kind\": \"A\"}\n{\"kind\": \"B\",, \"a\": 1}\n{\"kind\": \"C\"}\n", []string{"f:1 A", "error f:2: malformed document: did not find expected node content, in the document that begins here", "f:3 C"}},
		"bad item": {"{\"kind\": \"List\", \"items\": [{\"kind\": \"A\"},\n{\"kind\": \"B\", \"kind\": \"B\"},\n1e999, {\"kind\": \"C\"}]}\n{\"kind\": \"D\"}", []string{
			"error f:2: malformed document: key \"kind\" already set in map, on line 2", "f:4 D"}},
		"bad items": {"kind: List\nitems:\n- 1\n- kind: A\n-\n---\nkind: B\n", []string{
			"error f:3: malformed document: item 0 of the List is no map of fields", "f:4 A #1", "error f:5: malformed document: item 2 of the List is no map of fields", "f:7 B"}},
		"nul":           {"kind: A\n---\nkind: B\n---\nb: \x00\n---\nkind: C\n", []string{"f:1 A", "f:3 B", "error f:5:4: malformed document: a byte that is 0: the file is binary, or UTF-16"}},
		"utf-16":        {"\xff\xfek\x00i\x00", []string{"error f:1:1: malformed document: the text is UTF-16"}},
		"utf-16 other":  {"\xfe\xff\x00k\x00i", []string{"error f:1:1: malformed document: the text is UTF-16"}},
		"binary":        {"\x7fELF\x02\x01", []string{"error f:1:1: malformed document: the control character 0x7f"}},
		"control":       {"a: b\nc: \x01\n", []string{"error f:2:4: malformed document: the control character 0x01"}},
		"no utf-8":      {"a: b\nc: d\xffe\n---\nkind: B\n", []string{"error f:2:5: malformed document: the byte 0xff is not UTF-8", "f:4 B"}},
		"no utf-8 json": {"{\"a\": 1,\n \"b\": \"\xc3\"}\n", []string{"error f:2:8: malformed document: the byte 0xc3 is not UTF-8"}},
		"infinite":      {"a: .inf\n", []string{"error f:1: malformed document: the number +Inf cannot be in JSON, in the document that begins here"}},
		"beyond": {"{\"a\": 1,\n \"b\": 1e999}\n{\"kind\": \"B\"}", []string{
			"error f:1: malformed document: json: cannot unmarshal number 1e999 into Go value of type float64, in the document that begins here", "f:3 B"}},
		"twice":     {"kind: A\na:\n  b: 1\n  c: 1\n  b: 2\n---\nkind: B\n", []string{"error f:5: malformed document: key \"b\" already set in map, on line 3", "f:7 B"}},
		"same text": {"kind: A\n1: a\n\"1\": b\n", []string{"error f:3: malformed document: key \"1\" already set in map, on line 2"}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(append([]string{}, tc.want...), streamed(tc.text, Options{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestStreamInPieces wants what comes byte by byte to be read as what comes at once.
func TestStreamInPieces(t *testing.T) {
	text := stream + "---\r\n{\"kind\": \"A\"} {\"kind\": \"B\"} # x\n\xef\xbb\xbf--- {kind: C}\n...\nkind: D\n---\na: \"\n"
	whole := streamed(text, Options{})
	pieces := []string{}
	for d, err := range ParseStream("f", iotest.OneByteReader(strings.NewReader(text)), Options{}) {
		if err != nil {
			pieces = append(pieces, err.Error())
		} else {
			pieces = append(pieces, d.String())
		}
	}
	want := []string{}
	for _, line := range whole {
		if message, is := strings.CutPrefix(line, "error "); is {
			line = message
		} else {
			line, _, _ = strings.Cut(line, " ")
		}
		want = append(want, line)
	}
	if len(want) != 8 {
		t.Errorf("%d documents: %q", len(want), whole)
	}
	if diff := cmp.Diff(want, pieces); diff != "" {
		t.Error(diff)
	}
}

// TestStreamFails wants the error of a reader, and the documents before it, but
// not the one that it cut.
func TestStreamFails(t *testing.T) {
	for _, text := range []string{"kind: A\n---\nkind: B\na: 1", "{\"kind\": \"A\"}\n{\"kind\": \"B\"", "{\"kind\": \"A\"}\n{kind: B"} {
		in := iotest.TimeoutReader(iotest.OneByteReader(strings.NewReader(text)))
		if _, err := collect(ParseStream("-", in, Options{})); !errors.Is(err, iotest.ErrTimeout) || err.Error() != "reading <stdin>: timeout" {
			t.Errorf("error %v", err)
		}
		found := []string{}
		broken := errors.New("broken")
		for d, err := range ParseStream("-", &failing{strings.NewReader(text), broken}, Options{}) {
			found = append(found, fmt.Sprint(d.Value["kind"], " ", err))
		}
		if diff := cmp.Diff([]string{"A <nil>", "<nil> reading <stdin>: broken"}, found); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
}

// failing fails where its text ends.
type failing struct {
	text *strings.Reader
	err  error
}

func (f *failing) Read(to []byte) (int, error) {
	if n, err := f.text.Read(to); err == nil {
		return n, nil
	}
	return 0, f.err
}

// TestTooLarge wants a document that is too large to be told, and those around
// it to be read.
func TestTooLarge(t *testing.T) {
	const limit = 3 << 20
	long := strings.Repeat("x", limit)
	lines := strings.Repeat("  - a: bbbbbbbbbbbbbbbbbbbbb\n", limit/20)
	for name, tc := range map[string]struct {
		text string
		want []string
	}{
		"a line":    {"kind: A\n---\nb: \"" + long + "\"\n---\nkind: C\n", []string{"f:1 A", "error f:3: ", "f:5 C"}},
		"lines":     {"kind: A\n---\n# x\nb:\n" + lines + "---\nkind: C\n", []string{"f:1 A", "error f:4: ", fmt.Sprintf("f:%d C", 6+limit/20)}},
		"json":      {"{\"kind\": \"A\"}\n{\n\"b\": {\"c\": \"" + long + "}\"}, \"d\": 1}\n{\"kind\": \"C\"}", []string{"f:1 A", "error f:2: ", "f:4 C"}},
		"json end":  {"{\"kind\": \"A\"}\n{\"b\": \"" + long + "\"}{\"kind\": \"C\"}", []string{"f:1 A", "error f:2: ", "f:2 C"}},
		"json item": {"{\"kind\": \"List\", \"items\": [{\"kind\": \"A\"},\n{\"b\": \"" + long + "\"},\n{\"kind\": \"C\"}]}", []string{"f:1 A #0", "error f:2: ", "f:3 C #2"}},
		"yaml item": {"kind: List\nitems:\n- kind: A\n  apiVersion: v1\n- b: \"" + long + "\"\n  c: d\n- kind: C\nmetadata: {}\n---\nkind: D\n",
			[]string{"f:3 A #0", "error f:5: ", "f:7 C #2", "f:10 D"}},
	} {
		t.Run(name, func(t *testing.T) {
			what := "the document"
			if strings.HasSuffix(name, " item") {
				what = map[string]string{"json item": "the document", "yaml item": "item 1 of the list"}[name]
			}
			for i := range tc.want {
				if strings.HasPrefix(tc.want[i], "error") {
					tc.want[i] += "document too large: " + what + " has more than 3145728 bytes"
				}
			}
			if diff := cmp.Diff(tc.want, streamed(tc.text, Options{Limit: limit})); diff != "" {
				t.Error(diff)
			}
			for _, err := range ParseStream("f", strings.NewReader(tc.text), Options{Limit: limit}) {
				if err != nil && (!errors.Is(err, ErrTooLarge) || len(advice.Next(err)) != 1) {
					t.Errorf("error %v, next %q", err, advice.Next(err))
				}
			}
		})
	}
}

// TestPassEscapes wants an escape to be seen as one where it is cut in two as
// what is too large is passed over.
func TestPassEscapes(t *testing.T) {
	const limit = 2 << 20
	for shift := range 4 {
		text := strings.Repeat(" ", shift) + `{"a": "` + strings.Repeat(`\"{{`, limit/2) + `"}{"kind": "A"}`
		want := []string{"error f:1: document too large: the document has more than 2097152 bytes", "f:1 A"}
		if diff := cmp.Diff(want, streamed(text, Options{Limit: limit})); diff != "" {
			t.Errorf("%d: %s", shift, diff)
		}
	}
}

// TestStreamEnds wants no more to be read than is asked for.
func TestStreamEnds(t *testing.T) {
	in := &failing{strings.NewReader(strings.Repeat("{\"kind\": \"A\"}\n", 100)), errors.New("not reached")}
	found := 0
	for _, err := range ParseStream("f", in, Options{}) {
		if found++; err != nil || found == 3 {
			break
		}
	}
	if found != 3 {
		t.Errorf("%d documents", found)
	}
}
