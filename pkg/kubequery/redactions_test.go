package kubequery

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// replaying is a cluster whose answers were recorded.
type replaying struct{ *fake }

func (r replaying) Do(ctx context.Context, request Request) (Response, error) {
	response, err := r.fake.Do(ctx, request)
	response.Redacted = true
	return response, err
}

// TestRedacted shows that redacted values that reach a policy are told, each
// once, and nothing else.
func TestRedacted(t *testing.T) {
	const (
		some = `{"kind":"Secret","metadata":{"name":"creds","namespace":"shop","annotations":{"kubectl.kubernetes.io/last-applied-configuration":"<redacted>"}},` +
			`"data":{"password":"<redacted>","tls.key":"<redacted>"},"type":"Opaque"}`
		other = `{"metadata":{"name":"other","namespace":"shop"},"data":{"a":"<redacted>"},"stringData":{"b":["x","with <redacted> in it"]}}`
	)
	answers := map[Request]string{
		{Resource: secrets, Namespace: "shop", Name: "creds"}: some,
		{Resource: secrets}:                            `{"metadata":{"resourceVersion":"1"},"items":[` + some + `,{"metadata":{"name":"plain"},"data":{}},` + other + `]}`,
		{Resource: pods, Namespace: "shop", Name: "a"}: aPod,
	}
	const told = `secrets "creds" in namespace "shop": data.password, data["tls.key"], ` +
		`metadata.annotations["kubectl.kubernetes.io/last-applied-configuration"] were recorded as <redacted>; ` +
		`if the policy needs more, record again with --record-secrets`
	for name, tc := range map[string]struct {
		expr     string
		recorded bool
		code     int
		want     []string
	}{
		"one": {`client.query_name_ns("secrets", "creds", "shop").body`, true, 200, []string{told}},
		"a list": {`client.query_all("secrets").body`, true, 200, []string{
			told,
			`secrets "other" in namespace "shop": data.a, stringData.b[1] were recorded as <redacted>; if the policy needs more, record again with --record-secrets`,
		}},
		"one, then a list with it": {`[client.query_name_ns("secrets", "creds", "shop").body, client.query_all("secrets").body]`, true, 200, []string{
			told,
			`secrets "other" in namespace "shop": data.a, stringData.b[1] were recorded as <redacted>; if the policy needs more, record again with --record-secrets`,
		}},
		"one value of it": {`client.query_name_ns("secrets", "creds", "shop").data.password`, true, 200, []string{
			`secrets "creds" in namespace "shop": data.password was recorded as <redacted>; if the policy needs more, record again with --record-secrets`,
		}},
		"the values of a list": {`{v | v := client.query_all("secrets").items[_].data.a}`, true, 200, []string{
			`secrets "other" in namespace "shop": data.a was recorded as <redacted>; if the policy needs more, record again with --record-secrets`,
		}},
		"no value of it":     {`client.query_name_ns("secrets", "creds", "shop").metadata.name`, true, 200, []string{}},
		"no value of a list": {`count({n | n := client.query_all("secrets").items[_].metadata.namespace})`, true, 200, []string{}},
		"how many there are": {`count(client.query_all("secrets").items)`, true, 200, []string{}},
		"not recorded":       {`client.query_name_ns("secrets", "creds", "shop").body`, false, 200, []string{}},
		"not redacted":       {`client.query_name_ns("pods", "a", "shop").body`, true, 200, []string{}},
		"not an object":      {`client.query_name_ns("secrets", "creds", "shop").body`, true, 404, []string{}},
	} {
		t.Run(name, func(t *testing.T) {
			cluster := newFake(func(_ int, request Request) (int, string) { return tc.code, answers[request.whole()] })
			cluster.resources["secrets"] = secrets
			o := Options{Expr: strings.ReplaceAll(tc.expr, "client.", "data."+clientPackage+".")}
			events := []string{}
			o.Notify = func(event Event) { events = append(events, event.String()) }
			var err error
			if tc.recorded {
				_, err = Evaluate(t.Context(), replaying{cluster}, o)
			} else {
				_, err = Evaluate(t.Context(), cluster, o)
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, events); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestRedactedWithoutName is about a policy that is given no more than it can
// read.
func TestRedactedWithoutName(t *testing.T) {
	for want, redacted := range map[string]Redacted{
		`secrets: data.a was recorded as <redacted>; if the policy needs more, record again with --record-secrets`: {
			Resource: secrets, Fields: []string{"data.a"},
		},
		`secrets in namespace "x": data.a was recorded as <redacted>; if the policy needs more, record again with --record-secrets`: {
			Resource: secrets, Namespace: "x", Fields: []string{"data.a"},
		},
	} {
		if diff := cmp.Diff(want, redacted.String()); diff != "" {
			t.Error(diff)
		}
	}
}
