package command

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMainRefusesWithAHint(t *testing.T) {
	for args, want := range map[string]string{
		"":                                     "parsing arguments: no command is given",
		"qeury":                                `parsing arguments: there is no command "qeury"`,
		"serve 5":                              `parsing arguments: serve takes none, not ["5"]`,
		"serve --pods many":                    `parsing the flags of serve: invalid value "many" for flag -pods: parse error`,
		"serve --pods -1":                      "parsing arguments: --pods must not be negative",
		"query --fast":                         "parsing the flags of query: flag provided but not defined: -fast",
		"query --only cuont":                   `parsing arguments: there is no benchmark "cuont": choose from count, images, labels, calls`,
		"query --only count,":                  `parsing arguments: there is no benchmark "": choose from count, images, labels, calls`,
		"query --peers kubectl":                `parsing arguments: there is no peer "kubectl": choose from plugin, opa, raw`,
		"query --runs 0":                       "parsing arguments: --runs must be 1 or more",
		"query --calls 0":                      "parsing arguments: --calls must be 1 or more",
		"query --pods -1":                      "parsing arguments: --pods must not be negative",
		"query --then 20000":                   "parsing arguments: --then must be more than --pods",
		"query --then -1":                      "parsing arguments: --then must be more than --pods",
		"query --then 90000 --peers raw":       "parsing arguments: --then measures the plugin: name it in --peers",
		"query --kubeconfig /k --then 9":       "parsing arguments: --then needs --pods where --kubeconfig is given",
		"test --only rego":                     `parsing arguments: there is no benchmark "rego": choose from rego-json, rego-yaml, rego-unlike, cel-json, cel-yaml, many, memory, first`,
		"test --peers opa":                     `parsing arguments: there is no peer "opa": choose from plugin, gator`,
		"test --runs 0":                        "parsing arguments: --runs must be 1 or more",
		"test --pods 42":                       "parsing arguments: --pods must be 1000 or more, so that each constraint is violated",
		"test --stream 0":                      "parsing arguments: --stream must be 1 or more",
		"test --peers gator --only many,first": "parsing arguments: first measures the plugin: name it in --peers",
		"test -o figures":                      "parsing arguments: choosing a format for figures: its name ends neither in .md nor in .json",
		"startup --only login":                 `parsing arguments: there is no benchmark "login": choose from help, version, render`,
		"startup --peers gator":                "parsing the flags of startup: flag provided but not defined: -peers",
		"query -o figures":                     "parsing arguments: choosing a format for figures: its name ends neither in .md nor in .json",
	} {
		var out, errs bytes.Buffer
		code := Main(strings.Fields(args), &out, &errs)
		if diff := cmp.Diff("bench: "+want+": see bench help\n", errs.String()); diff != "" || code != exitUsage || out.Len() > 0 {
			t.Errorf("bench %s exits %d: %s%s", args, code, out.String(), diff)
		}
	}
}

func TestMainHelps(t *testing.T) {
	for _, args := range [][]string{{"help"}, {"--help"}, {"serve", "-h"}, {"query", "--help"}, {"test", "--help"}, {"startup", "-h"}} {
		var out, errs bytes.Buffer
		if code := Main(args, &out, &errs); code != exitOK || out.String() != usage || errs.Len() > 0 {
			t.Errorf("bench %q exits %d and says %q and %q", args, code, out.String(), errs.String())
		}
	}
}

func TestParseQuery(t *testing.T) {
	peers := []string{"plugin", "opa", "raw"}
	for args, want := range map[string]queryOptions{
		"":                {choice: choice{peers: peers, runs: 5}, pods: 20000, calls: 500},
		"--kubeconfig /k": {choice: choice{peers: peers, runs: 5}, kubeconfig: "/k", calls: 500},
		"--pods 5 --then 9 --only labels,count --peers plugin --runs 1 --calls 2 --plugin /p -o f.md": {
			choice: choice{only: []string{"labels", "count"}, peers: []string{"plugin"}, runs: 1, plugin: "/p", output: "f.md"},
			pods:   5, then: 9, calls: 2,
		},
	} {
		got, err := parseQuery(strings.Fields(args))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(queryOptions{}, choice{})); diff != "" {
			t.Error(diff)
		}
	}
}

func TestNoControlPlane(t *testing.T) {
	var out, errs bytes.Buffer
	if code := Main([]string{"query", "--kubeconfig", "/no/such/file"}, &out, &errs); code != exitFailure || out.Len() > 0 {
		t.Errorf("it exits %d and says %q", code, out.String())
	}
	if !strings.HasPrefix(errs.String(), "bench: reading kubeconfig /no/such/file: ") {
		t.Errorf("it says %q", errs.String())
	}
	b := bench{root: t.TempDir(), out: &out, errs: &errs}
	for _, err := range []error{b.serve(t.Context(), nil), b.query(t.Context(), nil)} {
		if err == nil || !strings.HasPrefix(err.Error(), "starting the control plane: ") || !strings.HasSuffix(err.Error(), `: run "make controlplane" first`) {
			t.Errorf("without the program: %v", err)
		}
	}
}
