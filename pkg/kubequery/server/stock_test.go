package server

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/open-policy-agent/opa/v1/logging"
	"github.com/open-policy-agent/opa/v1/plugins"
	opaserver "github.com/open-policy-agent/opa/v1/server"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
)

const stockPolicy = `package p

allow if input.user == "a"

users contains user if some user in data.users

f(x) := x + 1

conflict := x if some x in [1, 2]

fails := 1 / input.zero
`

// stock is OPA's server as it comes, with one policy and some data. The library is
// a policy like others there: variables are numbered through all policies.
func stock(t *testing.T) http.Handler {
	t.Helper()
	store := inmem.NewFromObject(map[string]any{"users": []any{"a", "b"}})
	if err := storage.Txn(t.Context(), store, storage.WriteParams, func(txn storage.Transaction) error {
		return errors.Join(
			store.UpsertPolicy(t.Context(), txn, "p.rego", []byte(stockPolicy)),
			store.UpsertPolicy(t.Context(), txn, library().File, library().Text),
		)
	}); err != nil {
		t.Fatal(err)
	}
	manager, err := plugins.New(nil, "kubectl-opa", store, plugins.Logger(logging.NewNoOpLogger()), plugins.EnablePrintStatements(true))
	if err != nil {
		t.Fatal(err)
	}
	if err := manager.Init(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { manager.Stop(context.Background()) })
	server, err := opaserver.New().WithStore(store).WithManager(manager).Init(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return server.Handler
}

// TestLikeStock sends the same requests, one after the other, to OPA's server and
// to ours: what needs no client is answered alike.
func TestLikeStock(t *testing.T) {
	o, heard := options(map[string]string{"p.rego": stockPolicy, "users.json": `{"users": ["a", "b"]}`})
	cluster := twoPods()
	theirs, ours := stock(t), serve(t, cluster, o).handler
	for _, r := range [][3]string{
		{"POST", "/v1/query", `{"query": "data.p.users[x]"}`},
		{"POST", "/v1/query?pretty=true", `{"query": "x = data.p.users; y := data.p.f(1)"}`},
		{"POST", "/v1/query", `{"query": "x := input.a", "input": {"a": [1, {"b": null}]}}`},
		{"POST", "/v1/query?explain=full&pretty", `{"query": "data.p.users[x]"}`},
		{"POST", "/v1/query?explain=notes&pretty", `{"query": "data.p.users[x]; trace(x)"}`},
		{"POST", "/v1/query", `{"query": "x :="}`},
		{"POST", "/v1/query", `{"query": "nothing(1)"}`},
		{"POST", "/v1/query", `{"query": "1 / 0"}`},
		{"POST", "/v1/query", `{"query": "data.p.conflict"}`},
		{"POST", "/v1/query", `{`},
		{"POST", "/v1/query", ``},
		{"POST", "/v1/query", `{"query": 1}`},
		{"GET", "/v1/query", ""},
		{"GET", "/v1/query?q=x%3D1", ""},
		{"PUT", "/v1/query", ""},
		{"GET", "/v1/data/p", ""},
		{"GET", "/v1/data/p/allow?input=%7B%22user%22%3A%22a%22%7D", ""},
		{"GET", "/v1/data/users/1", ""},
		{"GET", "/v1/data/users?explain=full&pretty", ""},
		{"GET", "/v1/data/nothing", ""},
		{"GET", "/v1/data/p/fails?strict-builtin-errors=true&input=%7B%22zero%22%3A0%7D", ""},
		{"POST", "/v1/data/p/allow", `{"input": {"user": "a"}}`},
		{"POST", "/v1/data/p/allow", `{}`},
		{"POST", "/v1/data/p/conflict", `{"input": {}}`},
		{"POST", "/v0/data/p/allow", `{"user": "a"}`},
		{"POST", "/v0/data/p/nothing", ""},
		{"POST", "/", `{}`},
		{"GET", "/health", ""},
		{"GET", "/health/live", ""},
		{"GET", "/nothing", ""},
		{"HEAD", "/v1/data", ""},
		{"POST", "/v1/compile", `{"query": "data.p.allow == true", "unknowns": ["input"]}`},
		{"POST", "/v1/compile", `{"query": "data.p.allow == true", "input": {"user": "a"}, "unknowns": ["data.users"]}`},
		{"POST", "/v1/compile", `{"query": "data.p.allow =="}`},
		{"POST", "/v1/compile/p/allow", `{"unknowns": ["input.user"]}`},
		{"GET", "/v1/policies/p.rego", ""},
		{"GET", "/v1/policies/nothing", ""},
		{"POST", "/v1/policies/p.rego", ""},
		{"PUT", "/v1/policies/q", "package q\n\nx := 1\n"},
		{"GET", "/v1/data/q/x", ""},
		{"PUT", "/v1/policies/q", "package q\n\nx := "},
		{"PUT", "/v1/policies/q", "package q\n\nx := y\n"},
		{"PUT", "/v1/policies/users", "package users\n\nx := 1\n"},
		{"PUT", "/v1/data/q/x", "1"},
		{"PUT", "/v1/data/more/deep", `{"a": 1}`},
		{"GET", "/v1/data/more", ""},
		{"PATCH", "/v1/data/more", `[{"op": "add", "path": "/deep/b", "value": 2}]`},
		{"PATCH", "/v1/data/more", `[{"op": "copy", "path": "/deep/b"}]`},
		{"GET", "/v1/data/more", ""},
		{"DELETE", "/v1/data/more/deep", ""},
		{"DELETE", "/v1/data/more/deep", ""},
		{"DELETE", "/v1/policies/q", ""},
		{"GET", "/v1/data/q/x", ""},
	} {
		t.Run(strings.Join(r[:], " "), func(t *testing.T) {
			wantCode, want := ask(theirs, r[0], r[1], r[2])
			code, body := ask(ours, r[0], r[1], r[2])
			if code != wantCode {
				t.Errorf("status %d, OPA has %d", code, wantCode)
			}
			if diff := cmp.Diff(want, body); diff != "" {
				t.Errorf("OPA(-) ours(+):\n%s", diff)
			}
		})
	}
	if cluster.asked() > 0 || heard.String() != "" {
		t.Errorf("the cluster was asked %d times; heard %q", cluster.asked(), heard)
	}
}
