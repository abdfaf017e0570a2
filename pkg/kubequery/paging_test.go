package kubequery

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// listPage is one page of a list of ConfigMap-like objects.
func listPage(next string, names ...string) string {
	items := []string{}
	for _, name := range names {
		items = append(items, fmt.Sprintf(`{"metadata":{"name":%q,"managedFields":[]}}`, name))
	}
	metadata := `{"resourceVersion":"7"}`
	if next != "" {
		metadata = fmt.Sprintf(`{"resourceVersion":"7","continue":%q,"remainingItemCount":1}`, next)
	}
	return `{"kind":"PodList","apiVersion":"v1","metadata":` + metadata + `,"items":[` + strings.Join(items, ",") + `]}`
}

const gone = "The provided continue parameter is too old"

func TestPaging(t *testing.T) {
	three := map[string]string{
		"":   listPage("t1", "a", "b"),
		"t1": listPage("t2", "c"),
		"t2": listPage("", "d"),
	}
	for name, tc := range map[string]struct {
		answer    func(number int, request Request) (int, string)
		continues []string
		names     string
		err       string
	}{
		"three pages": {
			answer:    func(_ int, r Request) (int, string) { return 200, three[r.Continue] },
			continues: []string{"", "t1", "t2"},
			names:     `["a","b","c","d"]`,
		},
		"expires once": {
			answer: func(number int, r Request) (int, string) {
				if number == 2 {
					return 410, status(410, "Expired", gone)
				}
				return 200, three[r.Continue]
			},
			continues: []string{"", "t1", "t2", "", "t1", "t2"},
			names:     `["a","b","c","d"]`,
		},
		"expires always": {
			answer: func(_ int, r Request) (int, string) {
				if r.Continue != "" {
					return 410, status(410, "Expired", gone)
				}
				return 200, three[""]
			},
			continues: []string{"", "t1", "", "t1", "", "t1", "", "t1"},
			err:       "listing pods: the list expired 4 times before the end",
		},
		"gone at once": {
			answer:    always(410, status(410, "Expired", gone)),
			continues: []string{""},
			err:       `asking to list pods: the server answers "410 Gone": ` + gone,
		},
		"fails in the middle": {
			answer: func(_ int, r Request) (int, string) {
				if r.Continue != "" {
					return 500, status(500, "InternalError", "etcd is slow")
				}
				return 200, three[""]
			},
			continues: []string{"", "t1"},
			err:       `the server answers "500 Internal Server Error": etcd is slow`,
		},
		"cut off in the middle": {
			answer: func(_ int, r Request) (int, string) {
				return 200, strings.TrimSuffix(three[r.Continue], `]}`)
			},
			continues: nil, // the next page may be on its way by then, or not
			err:       "listing pods: reading the body of the response as JSON: unexpected EOF",
		},
		"same token again": {
			answer:    always(200, three[""]),
			continues: []string{"", "t1"},
			err:       "the server gives the same continue token again",
		},
		"empty list as null": {
			answer:    always(200, `{"metadata":{},"items":null}`),
			continues: []string{""},
			names:     `[]`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			cluster := newFake(tc.answer)
			got, err := evaluate(t, cluster, `[x.metadata.name | some x in client.query_all("pods").body.items]`)
			continues := []string{}
			for _, request := range cluster.requests {
				continues = append(continues, request.Continue)
				if request.Limit != 500 {
					t.Errorf("want pages of 500, found %+v", request)
				}
			}
			if diff := cmp.Diff(tc.continues, continues); diff != "" && tc.continues != nil {
				t.Error(diff)
			}
			if tc.err != "" {
				if err == nil || !strings.Contains(err.Error(), tc.err) {
					t.Errorf("want an error with %s\nfound %v", tc.err, err)
				}
				return
			}
			if err != nil || text(t, got) != tc.names {
				t.Errorf("want %s, found %s, %v", tc.names, text(t, got), err)
			}
		})
	}
}

// TestWholeListLooksUnpaged shows that a policy cannot tell pages from a list
// that was read at once.
func TestWholeListLooksUnpaged(t *testing.T) {
	expr := `client.query_all("pods").body`
	paged := newFake(func(_ int, r Request) (int, string) {
		if r.Continue == "" {
			return 200, listPage("t1", "a")
		}
		return 200, listPage("", "b")
	})
	got, err := evaluate(t, paged, expr)
	if err != nil {
		t.Fatal(err)
	}
	want, err := evaluate(t, newFake(always(200, listPage("", "a", "b"))), expr)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(text(t, want), text(t, got)); diff != "" {
		t.Error(diff)
	}
}

func TestStatuses(t *testing.T) {
	forbidden := status(403, "Forbidden", "pods is forbidden")
	for name, tc := range map[string]struct {
		expr   string
		code   int
		body   string
		want   string
		err    string
		events []string
	}{
		"403 list": {
			expr: `client.query_all("pods")`, code: 403, body: forbidden, want: `403 "403 Forbidden" "Forbidden"`,
			events: []string{"not allowed to list pods in all namespaces; the missing rule, in a ClusterRole:\n" +
				"- apiGroups: [\"\"]\n  resources: [\"pods\"]\n  verbs: [\"list\"]"},
		},
		"403 get": {
			expr: `client.query_name_ns("deployments", "a", "x")`, code: 403, body: forbidden, want: `403 "403 Forbidden" "Forbidden"`,
			events: []string{"not allowed to get deployments.apps \"a\" in namespace \"x\"; the missing rule, in a Role in that namespace, or a ClusterRole:\n" +
				"- apiGroups: [\"apps\"]\n  resources: [\"deployments\"]\n  verbs: [\"get\"]"},
		},
		"403 cluster-scoped": {
			expr: `client.query_name_ns("nodes", "a", "x")`, code: 403, body: forbidden, want: `403 "403 Forbidden" "Forbidden"`,
			events: []string{"not allowed to get nodes \"a\"; the missing rule, in a ClusterRole:\n" +
				"- apiGroups: [\"\"]\n  resources: [\"nodes\"]\n  verbs: [\"get\"]"},
		},
		"404": {
			expr: `client.query_name_ns("pods", "a", "x")`, code: 404, body: status(404, "NotFound", "pods \"a\" not found"),
			want: `404 "404 Not Found" "NotFound"`,
		},
		"404 without JSON": {
			expr: `client.query_all("pods")`, code: 404, body: "404 page not found\n", want: `404 "404 Not Found" null`,
		},
		"401": {
			expr: `client.query_all("pods")`, code: 401, body: status(401, "Unauthorized", "Unauthorized"),
			err: `calling query_all: asking to list pods: the server answers "401 Unauthorized": Unauthorized`,
		},
		"405": {
			expr: `client.query_all("pods")`, code: 405, body: status(405, "MethodNotAllowed", "not supported"),
			err: `the server answers "405 Method Not Allowed": not supported`,
		},
		"redirect":      {expr: `client.query_all("pods")`, code: 302, err: `the server answers "302 Found"`},
		"login page":    {expr: `client.query_all("pods")`, code: 200, body: "<html>", err: "reading the body of the response as JSON: want '{', found '<'"},
		"no list":       {expr: `client.query_all("pods")`, code: 200, body: aPod, err: "want a list, found no items"},
		"more":          {expr: `client.query_name_ns("pods", "a", "x")`, code: 200, body: "{} {}", err: "found '{' after the end"},
		"no connection": {expr: `client.query_all("pods")`, code: 0, body: "refused", err: "calling query_all: connecting: refused"},
	} {
		t.Run(name, func(t *testing.T) {
			events := []string{}
			query := strings.ReplaceAll(tc.expr, "client.", "data."+clientPackage+".")
			result, err := Evaluate(t.Context(), newFake(always(tc.code, tc.body)), Options{
				Expr:   `x := [r | r := ` + query + `; ` + query + `][0]`,
				Notify: func(event Event) { events = append(events, event.String()) },
			})
			if diff := cmp.Diff(tc.events, events, cmp.Transformer("nil", func(s []string) []string { return append([]string{}, s...) })); diff != "" {
				t.Error(diff)
			}
			if tc.err != "" {
				if err == nil || !strings.Contains(err.Error(), tc.err) {
					t.Errorf("want an error with %s\nfound %v", tc.err, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			response := result.Rows[0].Bindings["x"].(map[string]any)
			reason := any(nil)
			if body, ok := response["body"].(map[string]any); ok {
				reason = body["reason"]
			}
			got := text(t, response["status_code"]) + " " + text(t, response["status"]) + " " + text(t, reason)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
