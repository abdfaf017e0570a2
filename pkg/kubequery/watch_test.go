package kubequery

import (
	"context"
	"errors"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-opa/kubectl-opa/pkg/redact"
	"github.com/kubectl-opa/kubectl-opa/pkg/resources"
)

var secrets = resources.Resource{Version: "v1", Name: "secrets", Kind: "Secret", Namespaced: true}

// TestWatch shows that the values of Secrets are known before anybody reads
// them, and that answers stay what they are.
func TestWatch(t *testing.T) {
	one := `{"kind":"Secret","metadata":{"name":"creds","namespace":"shop"},"data":{"a":"aHVudGVyMg=="}}`
	for name, tc := range map[string]struct {
		resource resources.Resource
		code     int
		body     string
		want     string
	}{
		"a Secret":      {secrets, 200, one, "<redacted>"},
		"a list":        {secrets, 200, `{"items":[` + one + `,7]}`, "<redacted>"},
		"no items":      {secrets, 200, `{"items":null}`, "hunter2"},
		"no JSON":       {secrets, 200, one + `}`, "hunter2"},
		"a refusal":     {secrets, 403, one, "hunter2"},
		"no Secret":     {pods, 200, one, "hunter2"},
		"another group": {resources.Resource{Group: "example.com", Version: "v1", Name: "secrets"}, 200, one, "hunter2"},
		"old version":   {resources.Resource{Version: "v1beta1", Name: "secrets"}, 200, one, "<redacted>"},
	} {
		t.Run(name, func(t *testing.T) {
			r := redact.NewRedactor()
			response, err := Watch(newFake(always(tc.code, tc.body)), r).Do(t.Context(), Request{Resource: tc.resource})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, r.Text("hunter2")); diff != "" {
				t.Error(diff)
			}
			body, err := io.ReadAll(response.Body)
			if err != nil || string(body) != tc.body || response.Body.Close() != nil || response.StatusCode != tc.code {
				t.Errorf("want the answer as it is, found %d %s, %v", response.StatusCode, body, err)
			}
		})
	}
}

// broken is a cluster whose bodies end in the middle.
type broken struct{ Cluster }

func (b broken) Do(ctx context.Context, request Request) (Response, error) {
	response, err := b.Cluster.Do(ctx, request)
	response.Body = io.NopCloser(io.MultiReader(io.LimitReader(response.Body, 5), failing{io.ErrClosedPipe}))
	return response, err
}

func TestWatchKeepsErrors(t *testing.T) {
	r := redact.NewRedactor()
	response, err := Watch(broken{newFake(always(200, "0123456789"))}, r).Do(t.Context(), Request{Resource: secrets})
	if err != nil {
		t.Fatal(err)
	}
	if body, err := io.ReadAll(response.Body); string(body) != "01234" || !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("want the error where it was, found %q, %v", body, err)
	}
	_, err = Watch(newFake(always(0, "refused")), r).Do(t.Context(), Request{Resource: secrets})
	if err == nil || err.Error() != "connecting: refused" {
		t.Errorf("want the cluster's error, found %v", err)
	}
}
