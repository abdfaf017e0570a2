package cli

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
)

const (
	noFiles = cobra.ShellCompDirectiveNoFileComp
	noSpace = noFiles | cobra.ShellCompDirectiveNoSpace
)

// TestCompleteValues completes the flags of a command below the one that was
// given.
func TestCompleteValues(t *testing.T) {
	root, child := &cobra.Command{Use: "root"}, &cobra.Command{Use: "child"}
	root.AddCommand(child)
	child.Flags().String("one", "", "")
	child.Flags().StringSlice("list", nil, "")
	child.Flags().String("free", "", "")
	Offer(child.Flags(), "one", "json", "jsonpath=", "yaml")
	Offer(child.Flags(), "list", "aws", "azure", "gcp")
	Offer(child.Flags(), "no such flag", "x")
	CompleteValues(root)
	for name, tc := range map[string]struct {
		flag, typed string
		want        []cobra.Completion
		directive   cobra.ShellCompDirective
	}{
		"all":                       {"one", "", []cobra.Completion{"json", "jsonpath=", "yaml"}, noSpace},
		"those that begin so":       {"one", "y", []cobra.Completion{"yaml"}, noFiles},
		"one wants more":            {"one", "jsonp", []cobra.Completion{"jsonpath="}, noSpace},
		"none":                      {"one", "x", []cobra.Completion{}, noFiles},
		"the first of a list":       {"list", "a", []cobra.Completion{"aws", "azure"}, noSpace},
		"the next of a list":        {"list", "aws,", []cobra.Completion{"aws,azure", "aws,gcp"}, noSpace},
		"the next, begun":           {"list", "gcp,a", []cobra.Completion{"gcp,aws", "gcp,azure"}, noSpace},
		"one that was typed before": {"list", "aws,gcp,a", []cobra.Completion{"aws,gcp,azure"}, noSpace},
	} {
		t.Run(name, func(t *testing.T) {
			complete, found := child.GetFlagCompletionFunc(tc.flag)
			if !found {
				t.Fatal("nothing completes the flag")
			}
			got, directive := complete(child, nil, tc.typed)
			if diff := cmp.Diff(tc.want, got); diff != "" || directive != tc.directive {
				t.Errorf("directive %d, choices %s", directive, diff)
			}
		})
	}
	if _, found := child.GetFlagCompletionFunc("free"); found {
		t.Error("a flag without values is completed")
	}
	if got, directive := child.ValidArgsFunction(child, nil, ""); len(got) > 0 || directive != noFiles {
		t.Errorf("arguments: %v, %d", got, directive)
	}
}

func TestCompleteLive(t *testing.T) {
	live := []cobra.Completion{"abc\tfirst", "abd\tsecond", "xyz"}
	for name, tc := range map[string]struct {
		args  []string
		typed string
		err   error
		want  []cobra.Completion
	}{
		"all":                {nil, "", nil, live},
		"those that begin":   {nil, "ab", nil, live[:2]},
		"a description":      {nil, "first", nil, []cobra.Completion{}},
		"there already":      {[]string{"abc", "xyz"}, "", nil, live[1:2]},
		"the server is away": {nil, "", errors.New("away"), nil},
	} {
		t.Run(name, func(t *testing.T) {
			env, out, errs := process(nil)
			find := func(ctx context.Context) ([]cobra.Completion, error) {
				if _, ends := ctx.Deadline(); !ends {
					t.Error("it would wait for ever")
				}
				env.Warn("nobody sees this")
				return slices.Clone(live), tc.err
			}
			command := &cobra.Command{}
			command.SetContext(t.Context())
			got, directive := CompleteLive(env, find)(command, tc.args, tc.typed)
			if diff := cmp.Diff(tc.want, got); diff != "" || directive != noFiles {
				t.Errorf("directive %d, choices %s", directive, diff)
			}
			if out.Len()+errs.Len() > 0 || env.Err != io.Discard {
				t.Errorf("stdout %q, stderr %q", out, errs)
			}
		})
	}
}

// TestPatience keeps a --request-timeout that was given.
func TestPatience(t *testing.T) {
	for given, want := range map[string]string{"": "3s", "0": "3s", "1s": "1s", "1m": "1m"} {
		env, _, _ := process(nil)
		*env.Connection.Timeout = given
		command := &cobra.Command{}
		command.SetContext(t.Context())
		CompleteLive(env, func(context.Context) ([]cobra.Completion, error) { return nil, nil })(command, nil, "")
		if got := *env.Connection.Timeout; got != want {
			t.Errorf("%q: want %s, found %s", given, want, got)
		}
	}
}

// TestCompleteConnection asks the kubeconfig, and for namespaces the cluster.
func TestCompleteConnection(t *testing.T) {
	file := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(file, []byte(kubeconfig), 0o600); err != nil {
		t.Fatal(err)
	}
	env, server := cluster(t, map[string]string{
		"/api/v1/namespaces": `{"kind":"NamespaceList","apiVersion":"v1","items":[{"metadata":{"name":"default"}},{"metadata":{"name":"kubermatic"}}]}`,
	})
	root := &cobra.Command{Use: "root"}
	env.AddFlags(root.PersistentFlags())
	*env.Connection.KubeConfig, *env.Connection.APIServer = file, server.URL
	root.SetContext(t.Context())
	CompleteConnection(env, root)
	complete := func(flag, typed string) []cobra.Completion {
		find, _ := root.GetFlagCompletionFunc(flag)
		found, _ := find(root, nil, typed)
		return found
	}
	for flag, want := range map[string][]cobra.Completion{
		"context": {"one", "other"}, "cluster": {"c1", "c2"}, "user": {"u1", "u2"}, "namespace": {"default", "kubermatic"},
	} {
		if got := complete(flag, ""); !cmp.Equal(want, got) {
			t.Errorf("--%s: want %q, found %q", flag, want, got)
		}
	}
	if got := complete("context", "ot"); !cmp.Equal([]cobra.Completion{"other"}, got) {
		t.Errorf("--context ot: %q", got)
	}
	server.Close()
	if got := complete("namespace", ""); got != nil {
		t.Errorf("a server that is away: %q", got)
	}
}
