package main

import (
	"context"
	"slices"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-opa/kubectl-opa/pkg/engine/conformance"
)

// unasked shows what decides before any constraint does: what the webhook's configuration leaves out is admitted, and the audit
// finds it nevertheless.
func (g *reviewed) unasked(t *testing.T) {
	for _, c := range g.cases {
		if c.ID != "operations-3" {
			continue
		}
		deletion := c.Reviews[2]
		if got := deletion.AnswerAt(conformance.Webhook).Want; deletion.Operation != conformance.Delete || len(got) != 1 {
			t.Fatalf("%s is not about a deletion that is denied: %+v", c.ID, deletion)
		}
		g.patchWebhook(t, `[{"op":"replace","path":"/webhooks/0/rules/0/operations","value":["CREATE","UPDATE"]}]`)
		g.eventuallyAdmitted(t, "a deletion that the webhook is not asked about", deletion)

		creation := c.Reviews[0]
		outcome, err := g.ask(t.Context(), creation)
		if err != nil || creation.Answer.JudgeSeen(outcome, conformance.Webhook) != "" {
			t.Fatalf("found %+v and %v, want what the case has", outcome, err)
		}
		// Gatekeeper lets no other namespace than its own have the label, so the check goes first.
		g.patchWebhook(t, `[{"op":"test","path":"/webhooks/1/name","value":"check-ignore-label.gatekeeper.sh"},{"op":"remove","path":"/webhooks/1"}]`)
		g.ignore(t, c.ID, `"yes"`)
		g.eventuallyAdmitted(t, "an object in a namespace with the label to ignore it", creation)
		g.ignore(t, c.ID, `null`)
		g.eventually(t, "without the label it is denied", func(ctx context.Context) (bool, error) {
			outcome, err := g.ask(ctx, creation)
			return creation.Answer.JudgeSeen(outcome, conformance.Webhook) == "", err
		})

		g.patchWebhook(t, `[{"op":"replace","path":"/webhooks/0/namespaceSelector","value":{"matchExpressions":[`+
			`{"key":"kubernetes.io/metadata.name","operator":"NotIn","values":["`+c.ID+`"]}]}}]`)
		g.eventuallyAdmitted(t, "an object in a namespace that the webhook leaves out", creation)
		if outcome, err = g.audited(c, creation); err != nil || creation.Answer.JudgeSeen(outcome, conformance.Audit) != "" {
			t.Errorf("the audit found %+v and %v, want what the case has", outcome, err)
		}
		return
	}
	t.Fatal("there is no such case")
}

// excluded shows that a star in Config leaves out what is in no namespace, too. It would do so for all cases, so it comes last.
func (g *reviewed) excluded(t *testing.T) {
	i := slices.IndexFunc(g.cases, func(c conformance.Case) bool { return c.ID == "kinds-1" })
	if i < 0 {
		t.Fatal("there is no such case")
	}
	clusterRole := g.cases[i].Reviews[2]
	outcome, err := g.ask(t.Context(), clusterRole)
	if err != nil || clusterRole.Object["kind"] != "ClusterRole" || len(outcome.Violations) != 1 {
		t.Fatalf("found %+v and %v of %v, want one violation of a ClusterRole", outcome, err, clusterRole.Object)
	}
	configs := g.client.Resource(schema.GroupVersionResource{Group: "config.gatekeeper.sh", Version: "v1alpha1", Resource: "configs"})
	patch := `[{"op":"add","path":"/spec/match/-","value":{"excludedNamespaces":["*"],"processes":["webhook"]}}]`
	if _, err := configs.Namespace("gatekeeper-system").Patch(t.Context(), "config", types.JSONPatchType, []byte(patch), metav1.PatchOptions{}); err != nil {
		t.Fatal(err)
	}
	g.eventuallyAdmitted(t, "what is in no namespace", clusterRole)
}

// ignore sets the label to ignore a namespace; null takes it away.
func (g *reviewed) ignore(t *testing.T, namespace, value string) {
	t.Helper()
	namespaces := g.client.Resource(schema.GroupVersionResource{Version: "v1", Resource: "namespaces"})
	patch := `{"metadata":{"labels":{"admission.gatekeeper.sh/ignore":` + value + `}}}`
	g.eventually(t, "the namespace takes the label", func(ctx context.Context) (bool, error) {
		_, err := namespaces.Patch(ctx, namespace, types.MergePatchType, []byte(patch), metav1.PatchOptions{})
		return err == nil, nil
	})
}

func (g *reviewed) eventuallyAdmitted(t *testing.T, what string, r conformance.Review) {
	t.Helper()
	g.eventually(t, what+" is admitted", func(ctx context.Context) (bool, error) {
		outcome, err := g.ask(ctx, r)
		return len(outcome.Violations) == 0 && outcome.Error == "", err
	})
}

func (c *tableCluster) patchWebhook(t *testing.T, patch string) {
	t.Helper()
	configurations := c.client.Resource(schema.GroupVersionResource{
		Group: "admissionregistration.k8s.io", Version: "v1", Resource: "validatingwebhookconfigurations",
	})
	if _, err := configurations.Patch(t.Context(), webhooks, types.JSONPatchType, []byte(patch), metav1.PatchOptions{}); err != nil {
		t.Fatal(err)
	}
}
