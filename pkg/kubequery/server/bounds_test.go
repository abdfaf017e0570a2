package server

import (
	"bytes"
	"compress/gzip"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery"
)

const tooLong = `{"code":"internal_error","message":"the request took longer than 50ms; give more with --timeout"}`

// TestTime ends what takes too long: in OPA, in a question, and in what does not
// notice that it was ended.
func TestTime(t *testing.T) {
	o, _ := options(nil)
	o.Limits.Time = 50 * time.Millisecond
	s := serve(t, &fake{do: func(ctx context.Context, _ kubequery.Request) (int, string, error) {
		<-ctx.Done()
		return 0, "", ctx.Err()
	}}, o)
	for _, text := range []string{
		"x := count(numbers.range(1, 1000000000000))",
		`x := data.kubernetes.api.client.query_all("pods")`,
	} {
		code, body := query(t, s.handler, text, nil)
		if code != http.StatusGatewayTimeout || compact(t, body) != tooLong {
			t.Errorf("%s: %d %s", text, code, body)
		}
	}
	if code, body := query(t, s.handler, "x := 1", nil); code != 200 {
		t.Errorf("afterwards: %d %s", code, body)
	}
	deaf, ended := make(chan struct{}), make(chan struct{})
	e := newEvaluations(o.Limits, func(string) {})
	e.grace = time.Millisecond
	handler := e.bound(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		<-deaf
		_, _ = w.Write([]byte("late"))
		close(ended)
	}))
	code, body := ask(handler, "GET", "/", "")
	if code != http.StatusGatewayTimeout || compact(t, body) != tooLong || e.count() != 1 {
		t.Errorf("%d %s, %d run", code, body, e.count())
	}
	close(deaf)
	<-ended
}

// TestConcurrent lets requests wait for others, no longer than they may take.
func TestConcurrent(t *testing.T) {
	limits := DefaultLimits
	limits.Time, limits.Concurrent = 50*time.Millisecond, 1
	e := newEvaluations(limits, func(string) {})
	e.grace = time.Hour // the first one is waited for
	inside, leave := make(chan struct{}), make(chan struct{})
	handler := e.bound(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			close(inside)
			<-leave
		}
		_, _ = w.Write([]byte(r.URL.Path))
	}))
	first := make(chan string)
	go func() {
		_, body := ask(handler, "GET", "/slow", "")
		first <- body
	}()
	<-inside
	if code, body := ask(handler, "GET", "/fast", ""); code != http.StatusGatewayTimeout || compact(t, body) != tooLong {
		t.Errorf("the second: %d %s", code, body)
	}
	close(leave)
	// It was answered, if late: the work is done.
	if got := <-first; got != "/slow" {
		t.Errorf("the first: %s", got)
	}
	if code, body := ask(handler, "GET", "/fast", ""); code != 200 || body != "/fast" {
		t.Errorf("the third: %d %s", code, body)
	}
}

// TestRequestSize refuses bodies that are too big, as they are sent or unpacked.
func TestRequestSize(t *testing.T) {
	o, _ := options(nil)
	o.Limits.Request = 1000
	s := serve(t, twoPods(), o)
	big := `{"query": "x := \"` + strings.Repeat("x", 1000) + `\""}`
	var packed bytes.Buffer
	writer := gzip.NewWriter(&packed)
	for range 1000 {
		_, _ = writer.Write([]byte(strings.Repeat(" ", 1000)))
	}
	_ = writer.Close()
	if packed.Len() > 1000000 {
		t.Fatal("that is no bomb")
	}
	for name, tc := range map[string]struct {
		body    string
		length  int64
		gzipped bool
		said    string
	}{
		"big":               {big, int64(len(big)), false, "request body too large"},
		"big, in chunks":    {big, -1, false, "request body too large"},
		"packed":            {packed.String()[:900], 900, true, "could not decompress the body"},
		"packed, in chunks": {packed.String(), -1, true, "request body too large"},
	} {
		for _, target := range []string{"/v1/query", "/v1/data/x", "/v1/compile", "/v0/data/x"} {
			request := httptest.NewRequest(http.MethodPost, target, strings.NewReader(tc.body))
			request.ContentLength = tc.length
			if tc.gzipped {
				request.Header.Set("Content-Encoding", "gzip")
			}
			answer := httptest.NewRecorder()
			s.handler.ServeHTTP(answer, request)
			if answer.Code != http.StatusBadRequest {
				t.Errorf("%s to %s: %d %s", name, target, answer.Code, answer.Body)
			}
		}
	}
	request := httptest.NewRequest(http.MethodPut, "/v1/policies/p", strings.NewReader("package p\n\n# "+strings.Repeat("x", 1000)))
	request.ContentLength = -1
	answer := httptest.NewRecorder()
	if s.handler.ServeHTTP(answer, request); answer.Code != http.StatusBadRequest {
		t.Errorf("a policy: %d %s", answer.Code, answer.Body)
	}
	if code, body := query(t, s.handler, "x := 1", nil); code != 200 {
		t.Errorf("afterwards: %d %s", code, body)
	}
}

// TestGzipBomb sends little that unpacks to much.
func TestGzipBomb(t *testing.T) {
	o, _ := options(nil)
	o.Limits.Request = 10000
	s := serve(t, twoPods(), o)
	var packed bytes.Buffer
	writer := gzip.NewWriter(&packed)
	_, _ = writer.Write([]byte(`{"query": "x := 1`))
	_, _ = writer.Write(bytes.Repeat([]byte(" "), 1<<20))
	_, _ = writer.Write([]byte(`"}`))
	_ = writer.Close()
	request := httptest.NewRequest(http.MethodPost, "/v1/query", &packed)
	request.Header.Set("Content-Encoding", "gzip")
	answer := httptest.NewRecorder()
	s.handler.ServeHTTP(answer, request)
	if answer.Code != http.StatusBadRequest || !strings.Contains(answer.Body.String(), "10000") {
		t.Errorf("%d %s", answer.Code, answer.Body)
	}
}

const tooMuch = `{"code":"internal_error","message":"all evaluations together needed more than 1Gi of memory; give more with --max-memory"}`

// TestMemory ends what runs where there is too much on the heap, refuses more
// until that has gone, and goes on then.
func TestMemory(t *testing.T) {
	limits := DefaultLimits
	limits.Memory = 1 << 30
	e := newEvaluations(limits, func(string) {})
	var size atomic.Uint64
	e.heap = size.Load
	inside, leave := make(chan struct{}), make(chan struct{})
	e.grace = time.Hour
	handler := e.bound(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/big" {
			close(inside)
			size.Store(1<<30 + 1)
			<-r.Context().Done()
			<-leave
			w.WriteHeader(http.StatusInternalServerError)
		}
	}))
	type answer struct {
		code int
		body string
	}
	first := make(chan answer)
	go func() {
		code, body := ask(handler, "GET", "/big", "")
		first <- answer{code, body}
	}()
	<-inside
	for full := false; !full; {
		e.mu.Lock()
		full = e.full
		e.mu.Unlock()
	}
	if code, body := ask(handler, "GET", "/small", ""); code != http.StatusServiceUnavailable || compact(t, body) != tooMuch {
		t.Errorf("while it is full: %d %s", code, body)
	}
	size.Store(0)
	close(leave)
	if got := <-first; got.code != http.StatusServiceUnavailable || compact(t, got.body) != tooMuch {
		t.Errorf("the big one: %d %s", got.code, got.body)
	}
	if code, body := ask(handler, "GET", "/small", ""); code != 200 {
		t.Errorf("afterwards: %d %s", code, body)
	}
}

// TestMemoryForReal has OPA make a value that is too big. The server goes on.
func TestMemoryForReal(t *testing.T) {
	o, _ := options(nil)
	o.Limits.Memory = int64(heap()) + 64<<20
	o.Limits.Time = 5 * time.Minute
	defer boundProcess(o.Limits.Memory)()
	s := serve(t, twoPods(), o)
	for _, text := range []string{
		"x := [y | numbers.range(1, 1000000000)[_] = y]",
		"x := [concat(\"\", [sprintf(\"%d\", [y]), \"some more text that stays\"]) | some y in numbers.range(1, 100000)]; z := [[a, b] | some a in x; some b in x]",
	} {
		code, body := query(t, s.handler, text, nil)
		if code != http.StatusServiceUnavailable || !strings.Contains(body, "give more with --max-memory") {
			t.Errorf("%s: %d %.500s", text, code, body)
		}
		if code, body := query(t, s.handler, "x := 1", nil); code != 200 {
			t.Errorf("afterwards: %d %s", code, body)
		}
	}
}

// TestPanic answers what panics, and goes on.
func TestPanic(t *testing.T) {
	heard := &said{}
	e := newEvaluations(DefaultLimits, heard.add)
	handler := e.bound(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusOK)
		_, _ = w.Write([]byte("half of it"))
		panic("oh no")
	}))
	for range DefaultLimits.Concurrent + 1 {
		code, body := ask(handler, "GET", "/x", "")
		want := `{"code":"internal_error","message":"the server failed: see what it prints"}`
		if diff := cmp.Diff(want, compact(t, body)); code != http.StatusInternalServerError || diff != "" {
			t.Fatal(code, diff)
		}
	}
	if !strings.HasPrefix(heard.String(), "answering GET /x: panic: oh no\n") {
		t.Error(heard)
	}
}
