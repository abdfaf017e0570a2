package cli

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/ui"
)

// some are two objects as an API server has them.
func some() []*unstructured.Unstructured {
	object := func(name string, spec map[string]any) *unstructured.Unstructured {
		return &unstructured.Unstructured{Object: map[string]any{
			"apiVersion": "kubermatic.k8c.io/v1", "kind": "Constraint", "spec": spec,
			"metadata": map[string]any{"name": name, "managedFields": []any{map[string]any{"manager": "m"}}},
		}}
	}
	return []*unstructured.Unstructured{object("a", map[string]any{"rego": "x {\n\ty\n}\n"}), object("b", map[string]any{"count": int64(1)})}
}

const (
	jsonA = `{
    "apiVersion": "kubermatic.k8c.io/v1",
    "kind": "Constraint",
    "metadata": {
        "name": "a"
    },
    "spec": {
        "rego": "x {\n\ty\n}\n"
    }
}
`
	jsonList = `{
    "apiVersion": "v1",
    "items": [
        {
            "apiVersion": "kubermatic.k8c.io/v1",
            "kind": "Constraint",
            "metadata": {
                "name": "a"
            },
            "spec": {
                "rego": "x {\n\ty\n}\n"
            }
        }
    ],
    "kind": "List",
    "metadata": {}
}
`
	yamlBoth = `apiVersion: kubermatic.k8c.io/v1
kind: Constraint
metadata:
  name: a
spec:
  rego: |
    x {
    	y
    }
---
apiVersion: kubermatic.k8c.io/v1
kind: Constraint
metadata:
  name: b
spec:
  count: 1
`
	yamlList = `apiVersion: v1
items:
- apiVersion: kubermatic.k8c.io/v1
  kind: Constraint
  metadata:
    name: a
  spec:
    rego: |
      x {
      	y
      }
kind: List
metadata: {}
`
	names = "constraint.kubermatic.k8c.io/a\nconstraint.kubermatic.k8c.io/b\n"
)

func TestObjectOutput(t *testing.T) {
	for name, tc := range map[string]struct {
		format string
		asList bool
		count  int
		want   string
	}{
		"json":             {"json", false, 1, jsonA},
		"json, a list":     {"json", true, 1, jsonList},
		"yaml":             {"yaml", false, 2, yamlBoth},
		"yaml, a list":     {"yaml", true, 1, yamlList},
		"yaml, no objects": {"yaml", true, 0, "apiVersion: v1\nitems: []\nkind: List\nmetadata: {}\n"},
		"name":             {"name", false, 2, names},
		"name, a list":     {"name", true, 2, names},
		"jsonpath":         {"jsonpath={.metadata.name}{'\\n'}", false, 2, "a\nb\n"},
		"jsonpath, a list": {"jsonpath={.items[*].metadata.name}", true, 2, "a b"},
		"go-template":      {"go-template={{.spec.count}}", true, 0, "<no value>"},
	} {
		t.Run(name, func(t *testing.T) {
			env, out, errs := process(nil)
			output := ObjectOutput{Format: tc.format}
			objects := some()[:tc.count]
			if err := output.Validate(); err != nil {
				t.Fatal(err)
			}
			if err := output.Print(env, tc.asList, objects...); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, out.String()); diff != "" || errs.Len() > 0 {
				t.Errorf("stderr %q, stdout %s", errs, diff)
			}
			if diff := cmp.Diff(some()[:tc.count], objects); diff != "" {
				t.Errorf("the objects were changed: %s", diff)
			}
		})
	}
}

func TestObjectFormats(t *testing.T) {
	for format, tc := range map[string]struct {
		people     bool
		want, next string
	}{
		"":         {people: true},
		"wide":     {people: true},
		"yaml":     {},
		"banana":   {want: `unknown output format "banana"`, next: "choose one of json, yaml, name, wide, jsonpath=…, jsonpath-file=…, go-template=…, go-template-file=…"},
		"jsonpath": {want: `reading --output "jsonpath": template format specified but no template given`},
	} {
		output := ObjectOutput{Format: format}
		err := output.Validate()
		next := []string{}
		if tc.next != "" {
			next = append(next, tc.next)
		}
		if text(err) != tc.want || !cmp.Equal(next, advice.Next(err)) || output.People() != tc.people {
			t.Errorf("%q: for people %v, error %v, next %q", format, output.People(), err, advice.Next(err))
		}
		if env, out, _ := process(nil); tc.want != "" && (text(output.Print(env, false)) != tc.want || out.Len() > 0) {
			t.Errorf("%q is printed: %q", format, out)
		}
	}
}

func TestReportOutput(t *testing.T) {
	report := struct {
		Kind string   `json:"kind"`
		List []string `json:"list"`
	}{"Report", []string{"<a>"}}
	table := ui.Table{Columns: []string{"name", "state"}, Rows: [][]ui.Cell{{ui.Text("a"), ui.Text("<fine>")}}}
	for format, want := range map[string]string{
		"table": "NAME   STATE\na      <fine>\n",
		"json":  "{\n  \"kind\": \"Report\",\n  \"list\": [\n    \"<a>\"\n  ]\n}\n",
		"yaml":  "kind: Report\nlist:\n- <a>\n",
	} {
		t.Run(format, func(t *testing.T) {
			env, out, _ := process(nil)
			output, flags := ReportOutput{}, pflag.NewFlagSet("", pflag.ContinueOnError)
			output.AddFlags(flags)
			if format != "table" { // It is the default.
				_ = flags.Set("output", format)
			}
			if err := errors.Join(output.Validate(), output.Print(env, report, table)); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, out.String()); diff != "" {
				t.Error(diff)
			}
			env.Out = failing{}
			if err := output.Print(env, report, table); !errors.Is(err, errClosed) {
				t.Errorf("into a closed pipe: %v", err)
			}
		})
	}
	for _, format := range []string{"", "name", "wide"} {
		output := ReportOutput{Format: format}
		if err := output.Validate(); text(err) != `unknown output format "`+format+`"` || !cmp.Equal(advice.Next(err), []string{"choose one of table, json, yaml"}) {
			t.Errorf("%q: %v, next %q", format, err, advice.Next(err))
		}
	}
	env, _, _ := process(nil)
	if err := (&ReportOutput{Format: "yaml"}).Print(env, func() {}, table); text(err) != "printing the report: json: unsupported type: func()" {
		t.Error(err)
	}
}

// TestViews shows that a command can have formats of its own beside JSON and
// YAML, on stdout and in files.
func TestViews(t *testing.T) {
	views := Views{
		"pretty": func(out io.Writer, _ *ui.Theme) error { _, err := io.WriteString(out, "for people\n"); return err },
		"junit":  func(out io.Writer, _ *ui.Theme) error { _, err := io.WriteString(out, "<xml/>\n"); return err },
	}
	file := filepath.Join(t.TempDir(), "junit.xml")
	for _, tc := range []struct {
		given []string
		want  string
	}{
		{nil, "for people\n"},
		{[]string{"junit"}, "<xml/>\n"},
		{[]string{"json"}, "7\n"},
		{[]string{"pretty", "junit=" + file}, "for people\n"},
	} {
		env, out, _ := process(nil)
		output, flags := ReportOutput{Formats: []string{"pretty", "json", "junit"}}, pflag.NewFlagSet("", pflag.ContinueOnError)
		output.AddFlags(flags)
		for _, value := range tc.given {
			_ = flags.Set("output", value)
		}
		if err := errors.Join(output.Validate(), output.PrintViews(env, 7, views)); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tc.want, out.String()); diff != "" {
			t.Error(diff)
		}
	}
	if text, err := os.ReadFile(file); err != nil || string(text) != "<xml/>\n" {
		t.Errorf("in the file: %q, %v", text, err)
	}
	output := ReportOutput{Format: "table", Formats: []string{"pretty", "json", "junit"}}
	if err := output.Validate(); text(err) != `unknown output format "table"` || !cmp.Equal(advice.Next(err), []string{"choose one of pretty, json, junit"}) {
		t.Errorf("%v, next %q", err, advice.Next(err))
	}
}
