package main

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/kubectl-opa/kubectl-opa/pkg/engine/conformance"
	"github.com/kubectl-opa/kubectl-opa/pkg/testcluster"
)

// TestGatekeeperReviews runs the cases of testdata/conformance/review on a running Gatekeeper: it asks its webhook by requests
// that are dry runs, and reads in the status of constraints what its audit found of objects that are there. One cluster has
// all cases at once. What is only there after something that happened is waited for before the first question.
func TestGatekeeperReviews(t *testing.T) {
	cases, err := conformance.Load(os.DirFS("../../testdata/conformance/review"))
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	g := newReviewed(t, startCluster(t, testcluster.Options{Gatekeeper: true}), cases)
	started := time.Now()
	g.fill(t)
	filled := time.Now()
	g.install(t)
	installed := time.Now()
	t.Run("webhook", func(t *testing.T) { g.compare(t, conformance.Webhook) })
	asked := time.Now()
	g.awaitAudit(t, installed)
	t.Run("audit", func(t *testing.T) { g.compare(t, conformance.Audit) })
	t.Run("limit", g.limited)
	t.Run("unasked", g.unasked)
	t.Run("excluded", g.excluded)
	t.Logf("%s for the cluster, %s for objects, %s for policies, %s for the webhook, %s for the audit",
		started.Sub(start).Round(time.Second), filled.Sub(started).Round(time.Second), installed.Sub(filled).Round(time.Second),
		asked.Sub(installed).Round(time.Second), time.Since(asked).Round(time.Second))
}

// seen tells whether a running Gatekeeper can be asked about a review, at one of its points.
func seen(r conformance.Review, points ...conformance.Point) bool {
	for _, point := range points {
		if r.Unseen == "" && r.At(point) {
			return true
		}
	}
	return false
}

// question is a review at a point, and what Gatekeeper made of it.
type question struct {
	name    string
	c       conformance.Case
	r       conformance.Review
	outcome conformance.Outcome
}

// compare asks all reviews of a point, several at a time, and judges the outcomes.
func (g *reviewed) compare(t *testing.T, at conformance.Point) {
	questions := []*question{}
	for _, c := range g.cases {
		for i, r := range c.Reviews {
			if seen(r, at) {
				questions = append(questions, &question{name: fmt.Sprintf("%s %s/%d", c.ID, c.Name, i+1), c: c, r: r})
			}
		}
	}
	group, ctx := errgroup.WithContext(t.Context())
	group.SetLimit(atOnce)
	for _, q := range questions {
		group.Go(func() (err error) {
			if q.outcome, err = g.Review(ctx, q.c, q.r, at); err != nil {
				return fmt.Errorf("%s: %w", q.name, err)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	for _, q := range questions {
		if wrong := q.r.AnswerAt(at).JudgeSeen(q.outcome, at); wrong != "" {
			t.Errorf("%s: %s", q.name, wrong)
		}
	}
	t.Logf("%d reviews", len(questions))
	if len(questions) == 0 {
		t.Error("nothing was reviewed")
	}
}

// Review makes reviewed an engine.
func (g *reviewed) Review(ctx context.Context, c conformance.Case, r conformance.Review, at conformance.Point) (conformance.Outcome, error) {
	if refusal := g.refusals[c.ID]; refusal != "" {
		return conformance.Outcome{Error: refusal}, nil
	}
	if at == conformance.Audit {
		return g.audited(c, r)
	}
	return g.ask(ctx, r)
}
