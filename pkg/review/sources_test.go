package review

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-opa/kubectl-opa/pkg/engine"
)

// large is an object of about a mebibyte.
func large(i int) string {
	return fmt.Sprintf("{\"apiVersion\": \"v1\", \"kind\": \"ConfigMap\", \"metadata\": {\"name\": \"c%d\"}, \"data\": {\"x\": %q}}\n", i, strings.Repeat("x", 1<<20))
}

// TestLate wants whatever comes too late to be an error, and never to be passed
// over: here what comes behind the first 4 MiB of standard input.
func TestLate(t *testing.T) {
	files(t, map[string]string{"p.yaml": documents(template, constraint)})
	input := strings.Builder{}
	for i := range 5 {
		input.WriteString(large(i))
	}
	input.WriteString(documents(constraint, "\napiVersion: v1\nkind: Namespace\nmetadata: {name: x}\n",
		"\n"+`{"apiVersion": "v1", "kind": "N\u0061mespace", "metadata": {"name": "escaped"}}`))
	lines, _, err := told(t, Options{Paths: []string{"p.yaml", "-"}, Stdin: strings.NewReader(input.String()), Engine: engine.Options{Point: engine.Webhook}})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{}
	for _, what := range []string{`7: Seen "all"`, `11: Namespace "x"`, `15: Namespace "escaped"`} {
		want = append(want, fmt.Sprintf("error <stdin>:%s stands so far behind in the input that objects were reviewed without it", what))
	}
	if diff := cmp.Diff(want, lines[5:]); diff != "" {
		t.Error(diff)
	}
}

// TestHeld wants policies behind objects on standard input to be found, and
// what is held to be reviewed once.
func TestHeld(t *testing.T) {
	files(t, nil)
	input := strings.Builder{}
	for i := range 3 {
		input.WriteString(large(i))
	}
	lines, summary, err := told(t, Options{
		Paths: []string{"-"}, Stdin: strings.NewReader(input.String() + documents(template, constraint) + "---" + configMap("x", "last")), Engine: engine.Options{Point: engine.Webhook},
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(lines) != 4 || lines[0] != "<stdin>:1 ConfigMap default/c0: c0 in default of {}" || lines[3] != "<stdin>:22 ConfigMap x/last: last in x of {}" {
		t.Errorf("%d lines: %.200q", len(lines), lines)
	}
	if diff := cmp.Diff(Summary{Templates: 1, Constraints: 1, Objects: 4, Matched: 4, Differences: []Difference{}}, summary); diff != "" {
		t.Error(diff)
	}
}

// TestMentions wants a mark to be found wherever it stands.
func TestMentions(t *testing.T) {
	t.Chdir(t.TempDir())
	const chunk = 256 << 10
	for at := chunk - 20; at < chunk+3; at++ {
		text := strings.Repeat("x", at) + "CustomResourceDefinition"
		if err := os.WriteFile("f", []byte(text+strings.Repeat("x", chunk)), 0o600); err != nil {
			t.Fatal(err)
		}
		if found, err := mentions("f", 1<<30); !found || err != nil {
			t.Errorf("at %d: %v %v", at, found, err)
		}
		if found, err := mentions("f", int64(len(text)-1)); found || err != nil {
			t.Errorf("at %d, not so far: %v %v", at, found, err)
		}
	}
}

// TestErrors wants whatever keeps policies from being in force to end a run
// before anything is reviewed, all at once.
func TestErrors(t *testing.T) {
	for name, tc := range map[string]struct {
		files map[string]string
		paths []string
		want  string
	}{
		"files":       {nil, []string{"a.yaml", "b.yaml"}, "reading file: stat a.yaml: no such file or directory\nreading file: stat b.yaml: no such file or directory"},
		"twice":       {nil, []string{"-", "-"}, "standard input can be read once, and was given 2 times"},
		"no template": {map[string]string{"a.yaml": constraint}, nil, `a.yaml:2: Seen "all": missing ConstraintTemplate: template "seen" not found`},
		"broken text": {map[string]string{"a.yaml": template + "---\nkind: Namespace\na: {\n---\nkind: Namespace\nb: [\n"}, nil, "a.yaml:16: malformed document: did not find expected node content\na.yaml:19: malformed document: did not find expected node content"},
	} {
		t.Run(name, func(t *testing.T) {
			files(t, tc.files)
			if tc.paths == nil {
				tc.paths = []string{"."}
			}
			lines, _, err := told(t, Options{Paths: tc.paths, Engine: engine.Options{Point: engine.Webhook}})
			if err == nil || len(lines) > 0 {
				t.Fatalf("error %v, %q", err, lines)
			}
			if diff := cmp.Diff(tc.want, err.Error()); diff != "" {
				t.Error(diff)
			}
			var policies PolicyErrors
			if errors.As(err, &policies) != (tc.paths[0] == ".") {
				t.Errorf("%T", err)
			}
		})
	}
}

// TestReadWaits wants a run to end though standard input gives nothing more.
func TestReadWaits(t *testing.T) {
	files(t, map[string]string{"p.yaml": documents(template, constraint)})
	stdin, writer := io.Pipe()
	defer writer.Close()
	go func() {
		for i := range 6 {
			if _, err := io.WriteString(writer, large(i)); err != nil {
				return
			}
		}
	}()
	failed := errors.New("enough")
	_, err := Run(t.Context(), Options{Paths: []string{"p.yaml", "-"}, Stdin: stdin, Engine: engine.Options{Point: engine.Webhook}},
		func(r Reviewed) error {
			if r.Subject().Name == "c4" {
				return failed
			}
			return nil
		})
	if !errors.Is(err, failed) {
		t.Errorf("error %v", err)
	}
}
