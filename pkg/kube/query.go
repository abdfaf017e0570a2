package kube

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"k8s.io/client-go/rest"

	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery"
	"github.com/kubectl-opa/kubectl-opa/pkg/resources"
)

// Queries answers what Rego asks of the API server (kubequery.Cluster). It
// reads, and does nothing else.
type Queries struct {
	client *Client
	http   *http.Client

	mu    sync.Mutex
	index *resources.Index
}

// Queries returns what queries ask the cluster through. No request is sent.
func (c *Client) Queries() *Queries {
	// The transport adds the credentials to every request, so that following a
	// redirect could hand them to another host.
	httpClient := *c.http
	httpClient.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Queries{client: c, http: &httpClient}
}

const (
	// maxRetries bounds how often a request is sent again because the server
	// asks for it.
	maxRetries = 5
	// longestWait bounds how long a server's wish is waited for.
	longestWait = 30 * time.Second
	// maxDrain bounds what is read of a refused body so that its connection
	// can be used again.
	maxDrain = 64 << 10
)

// Do sends one request, with the user's credentials. Where the server is busy
// (429, or 5xx) and says when to come back, the request is sent again; what is
// still refused then is the response. The error says why there is none.
func (q *Queries) Do(ctx context.Context, request kubequery.Request) (kubequery.Response, error) {
	target, err := request.URL(q.client.base)
	if err != nil {
		return kubequery.Response{}, err
	}
	for retry := 0; ; retry++ {
		response, err := q.ask(ctx, target)
		if err != nil {
			return kubequery.Response{}, q.client.explain(err, "reading %s", request.Resource)
		}
		wait, busy := retryAfter(response)
		if !busy || retry == maxRetries {
			return kubequery.Response{
				StatusCode: response.StatusCode, Status: response.Status, Header: response.Header, Body: response.Body,
			}, nil
		}
		drop(response)
		if err := sleep(ctx, wait); err != nil {
			return kubequery.Response{}, q.client.explain(err, "reading %s", request.Resource)
		}
	}
}

// ask sends a request, and once more where the credentials had expired and
// there are new ones.
func (q *Queries) ask(ctx context.Context, target *url.URL) (*http.Response, error) {
	response, err := q.get(ctx, target)
	if err != nil || response.StatusCode != http.StatusUnauthorized || !q.client.renews() {
		return response, err
	}
	drop(response)
	return q.get(ctx, target)
}

// drop ends a response that nobody needs.
func drop(response *http.Response) {
	_, _ = io.CopyN(io.Discard, response.Body, maxDrain)
	_ = response.Body.Close()
}

func (q *Queries) get(ctx context.Context, target *url.URL) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, target.String(), nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", rest.DefaultKubernetesUserAgent())
	return q.http.Do(request)
}

// retryAfter tells how long to wait before a request is sent again, and
// whether that is asked for. As in client-go, only a Retry-After in seconds
// counts.
func retryAfter(response *http.Response) (time.Duration, bool) {
	if response.StatusCode != http.StatusTooManyRequests && response.StatusCode < http.StatusInternalServerError {
		return 0, false
	}
	seconds, err := strconv.Atoi(response.Header.Get("Retry-After"))
	wait := time.Duration(seconds) * time.Second
	if err != nil || wait < 0 || wait > longestWait {
		return 0, false
	}
	return wait, true
}

func sleep(ctx context.Context, wait time.Duration) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
