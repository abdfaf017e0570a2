package cassette

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery"
)

// replay is what a file says when it is read again.
func replay(t testing.TB, file string) *Player {
	t.Helper()
	c, err := Read("run.json", []byte(file))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(file, text(t, c)); diff != "" {
		t.Errorf("what was read is written differently: %s", diff)
	}
	return c.Player()
}

// TestReplayIsTheRun evaluates on a cluster and on its recording, and wants the
// same result, events and errors.
func TestReplayIsTheRun(t *testing.T) {
	list := func(r kubequery.Request) (int, string) {
		switch {
		case r.Resource == nodes && r.Name == "":
			return 200, threePages[r.Continue]
		case r.Name == "a":
			return 200, aNode
		case r.Name == "html":
			return 200, "<html>\xff"
		case r.Name == "plain":
			return 404, "404 page not found\n"
		case r.Namespace == "closed":
			return 403, `{"kind":"Status","message":"nodes is forbidden","reason":"Forbidden"}`
		case r.Namespace == "broken":
			return 500, `{"kind":"Status","message":"etcd is slow"}`
		case r.Namespace == "old":
			return 410, `{"kind":"Status","message":"too old"}`
		case r.FieldSelector != "":
			return 200, `{"items":[],"metadata":{"resourceVersion":"9"}}`
		}
		return 404, `{"kind":"Status","message":"not found","code":404}`
	}
	for _, expr := range []string{
		`client.query_name("nodes", "a")`,
		`client.query_name("nodes", "b")`,
		`client.query_name("nodes", "plain")`,
		`client.query_name("nodes", "html")`,
		`client.query_all("nodes")`,
		`count(client.query_all("nodes").items)`,
		`client.query_ns("cm", "closed")`,
		`client.query_ns("cm", "broken")`,
		`client.query_ns("cm", "old")`,
		`client.query_field_selector_ns("cm", {"metadata.name": "x,y"}, "")`,
		`client.query_all("podz")`,
		`client.query_all("clusters")`,
		`client.query_name("nodes", "..")`,
		`client.query_name_ns("cm", "a", "")`,
		`[r.status_code | some n in ["a", "b"]; r := client.query_name("nodes", n)]`,
		`1 + 1`,
	} {
		t.Run(expr, func(t *testing.T) {
			r := NewRecorder(fake{answer: list}, Options{})
			want := evaluate(t, r, expr)
			player := replay(t, written(t, r))
			if diff := cmp.Diff(want, evaluate(t, player, expr)); diff != "" {
				t.Error(diff)
			}
			// Recording a replay gives the same recording.
			again := NewRecorder(player, Options{})
			_ = evaluate(t, again, expr)
			if diff := cmp.Diff(written(t, r), written(t, again)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestNotRecorded shows what is said to a question that was not asked.
func TestNotRecorded(t *testing.T) {
	r := NewRecorder(always(200, `{"items":[]}`), Options{})
	for _, word := range []string{"nodes", "cm", "deploy"} {
		_, _ = r.Resolve(t.Context(), word)
	}
	ask(t, r, kubequery.Request{Resource: configMaps, Namespace: "x"})
	ask(t, r, kubequery.Request{Resource: configMaps, Name: "<redacted>", Namespace: "x"})
	player := replay(t, written(t, r))
	const next = "record again, with --record run.json"
	const hidden = next + "; if this holds a value of a Secret, with --record-secrets too"
	for expr, want := range map[string][2]string{
		`client.query_all("pods")`:               {`which resource "pods" is: not recorded in run.json`, next},
		`client.query_all("nodes")`:              {`list nodes: not recorded in run.json`, next},
		`client.query_name("nodes", "a")`:        {`get nodes "a": not recorded in run.json`, next},
		`client.query_all("cm")`:                 {`list configmaps: not recorded in run.json`, hidden},
		`client.query_ns("cm", "y")`:             {`list configmaps in namespace "y": not recorded in run.json`, hidden},
		`client.query_name_ns("cm", "a\"", "x")`: {`get configmaps "a\"" in namespace "x": not recorded in run.json`, hidden},
		`client.query_label_selector_ns("deploy", {"a": "b"}, "x")`: {
			`list deployments.apps in namespace "x" with the labels "a=b": not recorded in run.json`, next,
		},
		`client.query_field_selector_ns("deploy", {"metadata.name": "b"}, "")`: {
			`list deployments.apps with the fields "metadata.name=b": not recorded in run.json`, next,
		},
	} {
		_, err := kubequery.Evaluate(t.Context(), player, kubequery.Options{Expr: strings.ReplaceAll(expr, "client.", "data.kubernetes.api.client.")})
		if !errors.Is(err, ErrNotRecorded) || !strings.HasSuffix(err.Error(), ": "+want[0]) {
			t.Errorf("%s: want the error %s, found %v", expr, want[0], err)
		}
		if diff := cmp.Diff([]string{want[1]}, advice.Next(err)); diff != "" {
			t.Errorf("%s: %s", expr, diff)
		}
	}
	_, err := player.Do(t.Context(), kubequery.Request{Resource: configMaps, Namespace: "x", Continue: "t"})
	if err == nil || err.Error() != `list configmaps in namespace "x", a further page: not recorded in run.json` {
		t.Errorf("want no further pages, found %v", err)
	}
	_, err = (&Cassette{}).Player().Do(t.Context(), kubequery.Request{Resource: nodes})
	if err == nil || err.Error() != "list nodes: not recorded" {
		t.Errorf("want an error without a file, found %v", err)
	}
}

func TestPlayerStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	player := (&Cassette{}).Player()
	if _, err := player.Resolve(ctx, "nodes"); !errors.Is(err, context.Canceled) {
		t.Errorf("want the context's error, found %v", err)
	}
	if _, err := player.Do(ctx, kubequery.Request{Resource: nodes}); !errors.Is(err, context.Canceled) {
		t.Errorf("want the context's error, found %v", err)
	}
}
