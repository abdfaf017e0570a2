package cli

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/pkg/kube"
)

func TestChangeOutput(t *testing.T) {
	namespace := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": "team"},
	}}
	objects := some()
	changes := []Change{{objects[0], kube.Created}, {objects[1], kube.Unchanged}, {namespace, kube.Deleted}}
	lines := func(suffix string) string {
		return "constraint.kubermatic.k8c.io/a created" + suffix + "\nconstraint.kubermatic.k8c.io/b unchanged" + suffix +
			"\nnamespace/team deleted" + suffix + "\n"
	}
	for name, tc := range map[string]struct {
		args            []string
		want, wantError string
	}{
		"lines":             {nil, lines(""), ""},
		"wide":              {[]string{"-o", "wide"}, lines(""), ""},
		"client":            {[]string{"--dry-run=client"}, lines(" (dry run)"), ""},
		"server":            {[]string{"--dry-run=server"}, lines(" (server dry run)"), ""},
		"names":             {[]string{"-o", "name"}, names + "namespace/team\n", ""},
		"names, dry run":    {[]string{"-o", "name", "--dry-run=client"}, names + "namespace/team\n", ""},
		"objects":           {[]string{"-o", "yaml"}, yamlBoth + "---\napiVersion: v1\nkind: Namespace\nmetadata:\n  name: team\n", ""},
		"no such format":    {[]string{"-o", "banana"}, "", `unknown output format "banana"`},
		"no such mode":      {[]string{"--dry-run=yes"}, "", `unknown --dry-run "yes"`},
		"an empty dry run":  {[]string{"--dry-run="}, "", `unknown --dry-run ""`},
		"two things, first": {[]string{"-o", "banana", "--dry-run=yes"}, "", `unknown output format "banana"`},
	} {
		t.Run(name, func(t *testing.T) {
			env, out, _ := process(nil)
			output, flags := &ChangeOutput{}, pflag.NewFlagSet("", pflag.ContinueOnError)
			output.AddFlags(flags)
			if err := flags.Parse(tc.args); err != nil {
				t.Fatal(err)
			}
			err := output.Validate()
			if err == nil {
				err = output.Print(env, changes)
			}
			if diff := cmp.Diff(tc.want, out.String()); diff != "" || text(err) != tc.wantError {
				t.Errorf("error %v, output %s", err, diff)
			}
		})
	}
}

func TestChangeOutputIntoAClosedPipe(t *testing.T) {
	env, _, _ := process(nil)
	env.Out = failing{}
	// cli-runtime's printer of names does not look.
	for _, format := range []string{"", "json", "yaml"} {
		output := ChangeOutput{ObjectOutput: ObjectOutput{Format: format}, DryRun: DryRun{Mode: "none"}}
		if err := output.Print(env, []Change{{some()[0], kube.Created}}); !errors.Is(err, errClosed) {
			t.Errorf("-o %q: %v", format, err)
		}
	}
}

func TestDryRun(t *testing.T) {
	for mode, want := range map[string][2]bool{"none": {false, false}, "client": {true, false}, "server": {false, true}} {
		run := DryRun{Mode: mode}
		if got := [2]bool{run.Client(), run.Server()}; got != want {
			t.Errorf("%s: client, server: want %v, found %v", mode, want, got)
		}
	}
}

func TestExactlyOne(t *testing.T) {
	for _, tc := range []struct {
		used []bool
		want bool
	}{
		{nil, false}, {[]bool{false}, false}, {[]bool{true}, true},
		{[]bool{false, true, false}, true}, {[]bool{true, true}, false}, {[]bool{true, false, true}, false},
	} {
		if got := ExactlyOne(tc.used...); got != tc.want {
			t.Errorf("%v: %v", tc.used, got)
		}
	}
}
