package server

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/open-policy-agent/opa/v1/logging"
	"github.com/open-policy-agent/opa/v1/plugins"
	opaserver "github.com/open-policy-agent/opa/v1/server"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/storage/inmem"

	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery"
)

// Options say what to serve, and to whom.
type Options struct {
	// Options say what to load. There is no expression, no input, and nothing to
	// observe; policies reach no hosts. Notify is called by one goroutine at a time.
	kubequery.Options
	// Address is where to listen.
	Address Address
	// Token is what callers have to know; nil is nothing.
	Token *Token
	// Certificate makes it HTTPS; nil is HTTP.
	Certificate *tls.Certificate
	// AllowWrites lets callers change policies and data.
	AllowWrites bool
	// Limits bound what requests may cost.
	Limits Limits
	// Warn gets what went wrong with a request or a connection and is nobody's
	// answer. It may be called by several goroutines.
	Warn func(text string)
	// Draining is called when the server stops, with the number of requests that
	// it waits for.
	Draining func(requests int)
}

// Server answers the requests of OPA's REST API.
type Server struct {
	o           Options
	policies    []string
	manager     *plugins.Manager
	evaluations *evaluations
	// handler is OPA's server, with what its requests may cost bounded.
	handler http.Handler
	// patience is how long running requests may take when it stops.
	patience time.Duration
}

// New loads the policies and the data, and returns a server that does not listen
// yet. The cluster is asked nothing before a policy asks it, and by several
// goroutines then. An error is one of the policies or the data.
func New(ctx context.Context, cluster kubequery.Cluster, o Options) (*Server, error) {
	o.Notify = oneByOne(o.Notify)
	read, err := kubequery.ReadProgram(ctx, o.Options, library())
	if err != nil {
		return nil, err
	}
	s := &Server{o: o, patience: patience}
	store := &store{Store: inmem.NewFromObject(read.Data), cluster: cluster, o: o.Options, library: library()}
	if err := s.fill(ctx, store.Store, read.Files); err != nil {
		return nil, fmt.Errorf("loading policies: %w", err)
	}
	if s.manager, err = manage(ctx, store, o); err != nil {
		return nil, fmt.Errorf("starting OPA: %w", err)
	}
	opa, err := opaserver.New().WithStore(store).WithManager(s.manager).Init(ctx)
	if err != nil {
		return nil, fmt.Errorf("starting OPA's server: %w", err)
	}
	s.evaluations = newEvaluations(o.Limits, o.Warn)
	s.handler = s.evaluations.bound(redacted(markPartial(opa.Handler), o.Redact))
	return s, nil
}

// Policies are the names of the policies that were loaded.
func (s *Server) Policies() []string { return s.policies }

// fill puts policies into the store below ours, the library too.
func (s *Server) fill(ctx context.Context, store storage.Store, policies []kubequery.PolicyFile) error {
	return storage.Txn(ctx, store, storage.WriteParams, func(txn storage.Transaction) error {
		for _, policy := range policies {
			s.policies = append(s.policies, policy.File)
			if err := store.UpsertPolicy(ctx, txn, policy.File, policy.Text); err != nil {
				return err
			}
		}
		return store.UpsertPolicy(ctx, txn, library().File, library().Text)
	})
}

// manage makes OPA's manager. It has no plugins, so it calls nobody, and neither
// looks for a new version nor tells of this one.
func manage(ctx context.Context, store storage.Store, o Options) (*plugins.Manager, error) {
	decoding := map[string]any{"max_length": o.Limits.Request, "gzip": map[string]any{"max_length": o.Limits.Request}}
	config, err := json.Marshal(map[string]any{"server": map[string]any{"decoding": decoding}})
	if err != nil {
		return nil, err
	}
	manager, err := plugins.New(config, "kubectl-opa", store,
		plugins.Logger(logging.NewNoOpLogger()),
		plugins.ConsoleLogger(logging.NewNoOpLogger()),
		plugins.WithParserOptions(o.ParserOptions()),
		plugins.EnablePrintStatements(true),
		plugins.PrintHook(kubequery.PrintHook(o.Notify)),
	)
	if err != nil {
		return nil, err
	}
	return manager, manager.Init(ctx)
}

// close ends what the server has running. No evaluation may be left.
func (s *Server) close(ctx context.Context) { s.manager.Stop(ctx) }

// oneByOne lets several goroutines notify, one at a time.
func oneByOne(notify func(kubequery.Event)) func(kubequery.Event) {
	if notify == nil {
		return func(kubequery.Event) {}
	}
	var mu sync.Mutex
	return func(event kubequery.Event) {
		mu.Lock()
		defer mu.Unlock()
		notify(event)
	}
}

type partialKey struct{}

// markPartial tells the store which evaluations are partial: what a policy asks
// about values that are not known yet is not known either.
func markPartial(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if under(r.URL.Path, "/v1/compile") {
			r = r.WithContext(context.WithValue(r.Context(), partialKey{}, true))
		}
		next.ServeHTTP(w, r)
	})
}

func partial(ctx context.Context) bool { return ctx.Value(partialKey{}) != nil }
