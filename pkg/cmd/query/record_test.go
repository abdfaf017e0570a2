package query

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery"
	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery/cassette"
	"github.com/kubectl-opa/kubectl-opa/pkg/resources"
)

var nodes = resources.Resource{Version: "v1", Name: "nodes", Kind: "Node"}

// fake is a cluster that answers each request alike, or not at all.
type fake struct{ err error }

func (fake) Resolve(_ context.Context, word string) (resources.Resource, error) {
	if word == "nodes" {
		return nodes, nil
	}
	return resources.Resource{}, &resources.UnknownError{Word: word}
}

func (f fake) Do(context.Context, kubequery.Request) (kubequery.Response, error) {
	return kubequery.Response{StatusCode: http.StatusOK, Status: "200 OK", Body: io.NopCloser(strings.NewReader(`{"items":[]}`))}, f.err
}

// begin starts a run with these flags, and one that --from adds.
func begin(t *testing.T, cluster kubequery.Cluster, args ...string) (tape, kubequery.Cluster, func() string, error) {
	t.Helper()
	env, _, errs := newEnv()
	f := &flags{}
	cmd := New(env)
	cmd.ResetFlags()
	f.add(cmd)
	if cmd.Flags().Lookup("from") == nil {
		cmd.Flags().String("from", "", "")
	}
	if err := cmd.ParseFlags(args); err != nil {
		t.Fatal(err)
	}
	wrapped, err := f.tape.wrap(env, cluster)
	return f.tape, wrapped, errs.String, err
}

func TestTapeMisuse(t *testing.T) {
	dir := t.TempDir()
	for name, tc := range map[string]struct {
		args      []string
		err, next string
	}{
		"both":               {[]string{"--record", "a", "--replay", "b"}, "--record and --replay exclude each other", "leave one of them out: a replay asks nothing new that could be recorded"},
		"replay and from":    {[]string{"--from", "a", "--replay", "b"}, "--from and --replay exclude each other", "leave one of them out: both answer instead of a cluster"},
		"secrets of nothing": {[]string{"--record-secrets"}, "--record-secrets says what --record writes, and there is no --record", "give --record FILE too"},
		"secrets, replayed":  {[]string{"--record-secrets", "--replay", "b"}, "--record-secrets says what --record writes, and there is no --record", "give --record FILE too"},
		"a folder":           {[]string{"--record", dir}, "--record " + dir + ": this is no regular file", "name a file"},
		"no folder":          {[]string{"--record", filepath.Join(dir, "no/run.json")}, "--record " + dir + "/no/run.json: stat " + dir + "/no: no such file or directory", ""},
		"no recording":       {[]string{"--replay", "/no/run.json"}, "reading the recording: open /no/run.json: no such file or directory", ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, said, err := begin(t, fake{}, tc.args...)
			if err == nil {
				t.Fatal("want an error")
			}
			if diff := cmp.Diff([]string{tc.err, tc.next, ""}, []string{err.Error(), strings.Join(advice.Next(err), "\n"), said()}); diff != "" {
				t.Error(diff)
			}
		})
	}
	left := filepath.Join(dir, "left.json")
	if err := new(cassette.Cassette).Save(left); err != nil {
		t.Fatal(err)
	}
	_, _, _, err := begin(t, fake{}, "--replay", left, "--show-managed-fields")
	if err == nil || err.Error() != left+" was recorded without metadata.managedFields" || advice.Next(err)[0] != "record again with --show-managed-fields" {
		t.Errorf("want to hear what is missing, found %v", err)
	}
	for _, args := range [][]string{{"--replay", left, "--show-managed-fields=false"}, {}, {"--record", filepath.Join(dir, "a"), "--from", "b"}, {"--from", "b"}} {
		if _, _, _, err := begin(t, fake{}, args...); err != nil {
			t.Errorf("%q: %v", args, err)
		}
	}
}

// TestKeep shows which runs leave a recording, and which leave the file as it was.
func TestKeep(t *testing.T) {
	const ask = `data.kubernetes.api.client.query_all("nodes")`
	refused := errors.New("refused")
	for name, tc := range map[string]struct {
		cluster fake
		expr    string
		// stop ends the run with an error, whatever it did.
		stop error
		kept bool
		err  string
	}{
		"success":                  {expr: ask, kept: true},
		"nothing asked":            {expr: "1", kept: true},
		"no such resource":         {expr: `data.kubernetes.api.client.query_all("podz")`, kept: true, err: "expression:1:1: calling query_all: the server has no resource \"podz\""},
		"an error after an answer": {expr: ask + `; {1: x | x := [1, 2][_]}`, kept: true, err: "object keys must be unique"},
		"a mistake in the policy":  {expr: "1 +", err: "rego_parse_error"},
		"no connection":            {cluster: fake{refused}, expr: ask, err: "refused"},
		"interrupted":              {expr: ask, stop: fmt.Errorf("evaluating: %w", context.Canceled), err: "context canceled"},
		"out of time":              {expr: ask, stop: fmt.Errorf("evaluating: %w", context.DeadlineExceeded), err: "deadline exceeded"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "run.json")
			if err := os.WriteFile(path, []byte("as it was"), 0o600); err != nil {
				t.Fatal(err)
			}
			tape, cluster, said, err := begin(t, tc.cluster, "--record", path)
			if err != nil {
				t.Fatal(err)
			}
			o := Options{Options: kubequery.Options{Expr: tc.expr}, Cluster: cluster, Keep: func(err error) error {
				return tape.keep(errors.Join(err, tc.stop))
			}}
			_, err = o.Run(t.Context())
			err = errors.Join(err, tc.stop)
			if (err == nil) != (tc.err == "") || err != nil && !strings.Contains(err.Error(), tc.err) {
				t.Errorf("want the error %q, found %v", tc.err, err)
			}
			file, err := os.ReadFile(path)
			if err != nil || (string(file) == "as it was") == tc.kept {
				t.Errorf("want it to be written: %v, found %s, %v", tc.kept, file, err)
			}
			want := ""
			if !tc.kept {
				want = "warning: " + path + " is not written, as the run failed\n"
			}
			if diff := cmp.Diff(want, said()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestKeepFails shows that a recording that cannot be written is an error.
func TestKeepFails(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "dir")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	tape, cluster, _, err := begin(t, fake{}, "--record", filepath.Join(dir, "run.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	if err := tape.keep(nil); err == nil || !strings.HasPrefix(err.Error(), "writing "+dir) {
		t.Errorf("want the reason, found %v", err)
	}
	if _, err := cluster.Do(t.Context(), kubequery.Request{Resource: nodes}); err != nil {
		t.Fatal(err)
	}
	const left = "the recording is incomplete: list nodes: there is no answer"
	if err := tape.keep(nil); err == nil || err.Error() != left {
		t.Errorf("want %s, found %v", left, err)
	}
}

// TestNotifyOnce shows that what several evaluations read is told once.
func TestNotifyOnce(t *testing.T) {
	tape := tape{}
	told := []string{}
	notify := tape.notify(func(event kubequery.Event) { told = append(told, event.String()) })
	event := kubequery.Redacted{Resource: nodes, Name: "a", Fields: []string{"x"}}
	for range 2 {
		notify(event)
		notify(kubequery.Replaced{File: "f"})
	}
	event.Fields = []string{"y"}
	notify(event)
	const left = "f is left out: its package kubernetes.api.client is built in here"
	if diff := cmp.Diff([]string{
		`nodes "a": x was recorded as <redacted>; if the policy needs more, record again with --record-secrets`,
		left, left,
		`nodes "a": y was recorded as <redacted>; if the policy needs more, record again with --record-secrets`,
	}, told); diff != "" {
		t.Error(diff)
	}
}
