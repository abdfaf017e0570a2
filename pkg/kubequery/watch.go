package kubequery

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"

	"github.com/kubectl-opa/kubectl-opa/pkg/redact"
)

// Watch returns a cluster that answers as another one does, and whose Secrets
// the Redactor learns before anybody else sees them.
func Watch(cluster Cluster, redactor *redact.Redactor) Cluster { return watched{cluster, redactor} }

type watched struct {
	Cluster
	redactor *redact.Redactor
}

// Do implements Cluster. Answers with Secrets are read as a whole: a page of
// them is small.
func (w watched) Do(ctx context.Context, request Request) (Response, error) {
	response, err := w.Cluster.Do(ctx, request)
	if err != nil || response.StatusCode != http.StatusOK || !redact.IsSecret(request.Resource) {
		return response, err
	}
	text, failed := io.ReadAll(response.Body)
	for _, secret := range secretsIn(text) {
		w.redactor.Learn(secret)
	}
	rest := io.MultiReader(bytes.NewReader(text), failing{failed})
	response.Body = struct {
		io.Reader
		io.Closer
	}{rest, response.Body}
	return response, nil
}

// secretsIn returns the Secrets of a body, be it of one or of a list of them.
// What is no JSON has none: no policy gets to see it.
func secretsIn(body []byte) []map[string]any {
	var answer map[string]any
	if json.Unmarshal(body, &answer) != nil {
		return nil
	}
	items, ok := answer["items"].([]any)
	if !ok {
		return []map[string]any{answer}
	}
	secrets := []map[string]any{}
	for _, item := range items {
		if secret, ok := item.(map[string]any); ok {
			secrets = append(secrets, secret)
		}
	}
	return secrets
}

// failing ends a body as it ended when it was read: with an error, or none.
type failing struct{ err error }

// Read implements io.Reader.
func (f failing) Read([]byte) (int, error) {
	if f.err != nil {
		return 0, f.err
	}
	return 0, io.EOF
}
