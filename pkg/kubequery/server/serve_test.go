package server

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery"
)

// running is a server that listens.
type running struct {
	url     string
	stop    context.CancelFunc
	drained chan int
	ended   chan error
}

func run(t *testing.T, cluster kubequery.Cluster, o Options, change func(*Server)) *running {
	t.Helper()
	r := &running{drained: make(chan int, 1), ended: make(chan error, 1)}
	address, err := ParseAddress("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	o.Address, o.Draining = address, func(requests int) { r.drained <- requests }
	s, err := New(t.Context(), cluster, o)
	if err != nil {
		t.Fatal(err)
	}
	change(s)
	listener, err := o.Listen()
	if err != nil {
		t.Fatal(err)
	}
	r.url = "http://" + listener.Addr().String()
	ctx, stop := context.WithCancel(t.Context())
	r.stop = stop
	go func() { r.ended <- s.Serve(ctx, listener) }()
	t.Cleanup(stop)
	return r
}

// ask sends a request over the network.
func (r *running) ask(method, path, body string) (int, string, error) {
	request, err := http.NewRequest(method, r.url+path, strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return response.StatusCode, string(text), err
}

// slow is a cluster whose answers come when they are let through, or never.
func slow() (cluster *fake, begun chan struct{}, let chan struct{}) {
	begun, let = make(chan struct{}), make(chan struct{})
	return &fake{do: func(ctx context.Context, _ kubequery.Request) (int, string, error) {
		close(begun)
		select {
		case <-let:
			return 200, `{"items": []}`, nil
		case <-ctx.Done():
			return 0, "", ctx.Err()
		}
	}}, begun, let
}

type answer struct {
	code int
	body string
	err  error
}

const slowQuery = `{"query": "x := data.kubernetes.api.client.query_all(\"pods\").items"}`

// TestDrain stops a server while it answers: the answer comes, and no new
// request is taken.
func TestDrain(t *testing.T) {
	o, heard := options(nil)
	cluster, begun, let := slow()
	r := run(t, cluster, o, func(*Server) {})
	answers := make(chan answer)
	go func() {
		code, body, err := r.ask("POST", "/v1/query", slowQuery)
		answers <- answer{code, body, err}
	}()
	<-begun
	r.stop()
	if waits := <-r.drained; waits != 1 {
		t.Errorf("it waits for %d requests", waits)
	}
	for {
		conn, err := net.Dial("tcp", strings.TrimPrefix(r.url, "http://"))
		if err != nil {
			break
		}
		conn.Close()
	}
	close(let)
	if got := <-answers; got.err != nil || got.code != 200 || compact(t, got.body) != `{"result":[{"x":[]}]}` {
		t.Errorf("%d %s %v", got.code, got.body, got.err)
	}
	if err := <-r.ended; err != nil || heard.String() != "" {
		t.Error(err, heard)
	}
}

// TestDrainImpatiently ends what does not end by itself.
func TestDrainImpatiently(t *testing.T) {
	o, heard := options(nil)
	cluster, begun, _ := slow()
	r := run(t, cluster, o, func(s *Server) { s.patience = time.Millisecond })
	answers := make(chan answer)
	go func() {
		code, body, err := r.ask("POST", "/v1/query", slowQuery)
		answers <- answer{code, body, err}
	}()
	<-begun
	r.stop()
	want := `{"code":"internal_error","message":"the server is being stopped"}`
	if got := <-answers; got.err != nil || got.code != http.StatusServiceUnavailable || compact(t, got.body) != want {
		t.Errorf("%d %s %v", got.code, got.body, got.err)
	}
	if err := <-r.ended; err != nil || heard.String() != "" {
		t.Error(err, heard)
	}
}

// TestGone ends an evaluation whose caller has gone.
func TestGone(t *testing.T) {
	o, heard := options(nil)
	cluster, begun, _ := slow()
	r := run(t, cluster, o, func(*Server) {})
	ctx, leave := context.WithCancel(t.Context())
	gone := make(chan error)
	go func() {
		request, err := http.NewRequestWithContext(ctx, "POST", r.url+"/v1/query", strings.NewReader(slowQuery))
		if err == nil {
			var response *http.Response
			if response, err = http.DefaultClient.Do(request); err == nil {
				response.Body.Close()
			}
		}
		gone <- err
	}()
	<-begun
	leave()
	if err := <-gone; err == nil {
		t.Error("want no answer")
	}
	r.stop()
	if err := <-r.ended; err != nil || heard.String() != "" {
		t.Error(err, heard)
	}
}

// TestOuter asks over the network: read-only, and nobody else's page.
func TestOuter(t *testing.T) {
	o, _ := options(nil)
	r := run(t, twoPods(), o, func(*Server) {})
	for path, want := range map[string]int{"/v1/data": 200, "/health": 200, "/": 200} {
		if code, body, err := r.ask("GET", path, ""); code != want || err != nil {
			t.Errorf("%s: %d %s %v", path, code, body, err)
		}
	}
	if code, body, err := r.ask("PUT", "/v1/data/x", "1"); code != http.StatusMethodNotAllowed || err != nil {
		t.Errorf("%d %s %v", code, body, err)
	}
	request, err := http.NewRequest("GET", r.url+"/v1/data", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Host = "evil.example.com"
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusForbidden || response.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%d %v", response.StatusCode, response.Header)
	}
	r.stop()
	if err := <-r.ended; err != nil {
		t.Error(err)
	}
}

// TestOverflow ends the server where an evaluation does not notice that it needs
// too much.
func TestOverflow(t *testing.T) {
	o, _ := options(nil)
	cluster, begun, let := slow()
	cluster.do = func(context.Context, kubequery.Request) (int, string, error) {
		close(begun)
		<-let
		return 200, `{"items": []}`, nil
	}
	first := true
	r := run(t, cluster, o, func(s *Server) {
		s.evaluations.heap = func() uint64 {
			if first { // before anything runs
				first = false
				return 0
			}
			return 2*uint64(o.Limits.Memory) + 1
		}
	})
	go func() { _, _, _ = r.ask("POST", "/v1/query", slowQuery) }()
	<-begun
	want := "an evaluation needs more than 2 times --max-memory 2Gi, and cannot be stopped"
	if err := <-r.ended; err == nil || err.Error() != want {
		t.Errorf("want %q, found %v", want, err)
	}
	close(let)
}

// TestHTTPS has the page of the server itself ask, and one of its HTTP namesake.
func TestHTTPS(t *testing.T) {
	other := httptest.NewTLSServer(nil)
	defer other.Close()
	o, heard := options(nil)
	o.Certificate = &other.TLS.Certificates[0]
	r := run(t, twoPods(), o, func(*Server) {})
	url := strings.Replace(r.url, "http://", "https://", 1)
	for origin, want := range map[string]int{url: http.StatusOK, r.url: http.StatusForbidden} {
		request, err := http.NewRequest(http.MethodGet, url+"/v1/data", nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Origin", origin)
		response, err := other.Client().Do(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != want {
			t.Errorf("%s: %s", origin, response.Status)
		}
	}
	if heard.String() != "" {
		t.Error(heard)
	}
	// Whoever speaks HTTP to it is told so; that is no request, and for the log.
	if code, _, err := r.ask("GET", "/v1/data", ""); code != http.StatusBadRequest || err != nil {
		t.Errorf("plain HTTP: %d %v", code, err)
	}
	r.stop()
	if err := <-r.ended; err != nil {
		t.Error(err)
	}
}
