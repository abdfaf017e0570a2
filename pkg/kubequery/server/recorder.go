package server

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"strings"

	"github.com/open-policy-agent/opa/v1/server/types"
	"github.com/open-policy-agent/opa/v1/server/writer"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
)

// recorder is an answer that is not sent yet.
type recorder struct {
	header http.Header
	code   int
	sent   bool // the code, as far as the one who answers knows
	body   bytes.Buffer
}

func newRecorder() *recorder { return &recorder{header: http.Header{}, code: http.StatusOK} }

// Header implements http.ResponseWriter.
func (r *recorder) Header() http.Header { return r.header }

// WriteHeader implements http.ResponseWriter.
func (r *recorder) WriteHeader(code int) {
	if !r.sent {
		r.code, r.sent = code, true
	}
}

// Write implements http.ResponseWriter.
func (r *recorder) Write(part []byte) (int, error) {
	r.sent = true
	return r.body.Write(part)
}

// reset forgets the answer.
func (r *recorder) reset() {
	r.header, r.code, r.sent = http.Header{}, http.StatusOK, false
	r.body.Reset()
}

func (r *recorder) copyTo(w http.ResponseWriter) {
	maps.Copy(w.Header(), r.header)
	w.WriteHeader(r.code)
	_, _ = w.Write(r.body.Bytes())
}

// writeError sends an error in the form of OPA's own.
func writeError(w http.ResponseWriter, status int, code string, err error) {
	text := strings.Join(append([]string{err.Error()}, advice.Next(err)...), "; ")
	writer.Error(w, status, types.NewErrorV1(code, "%s", text))
}

// redacted takes values of Secrets out of what is no result: errors, and the
// traces that ?explain asks for.
func redacted(next http.Handler, redact func(string) string) http.Handler {
	if redact == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := newRecorder()
		next.ServeHTTP(answer, r)
		if answer.code >= http.StatusBadRequest {
			answer.change(func(body any) any { return redactAll(body, redact) })
		} else if r.URL.Query().Has(types.ParamExplainV1) {
			answer.change(func(body any) any {
				if fields, ok := body.(map[string]any); ok && fields["explanation"] != nil {
					fields["explanation"] = redactAll(fields["explanation"], redact)
				}
				return body
			})
		}
		answer.copyTo(w)
	})
}

// change changes a body that is JSON.
func (r *recorder) change(change func(any) any) {
	text, err := r.plain()
	if err != nil {
		return
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var body any
	if decoder.Decode(&body) != nil {
		return
	}
	before, err := json.Marshal(body)
	if err != nil {
		return
	}
	after, err := json.Marshal(change(body))
	if err != nil || bytes.Equal(before, after) {
		return
	}
	r.header.Del("Content-Encoding")
	r.header.Del("Content-Length")
	r.body.Reset()
	r.body.Write(append(after, '\n'))
}

// plain is the body, uncompressed.
func (r *recorder) plain() ([]byte, error) {
	if r.header.Get("Content-Encoding") != "gzip" {
		return r.body.Bytes(), nil
	}
	unpacked, err := gzip.NewReader(bytes.NewReader(r.body.Bytes()))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(unpacked)
}

// redactAll redacts all texts in a value, names of fields too.
func redactAll(value any, redact func(string) string) any {
	switch value := value.(type) {
	case string:
		return redact(value)
	case []any:
		for i := range value {
			value[i] = redactAll(value[i], redact)
		}
		return value
	case map[string]any:
		all := map[string]any{}
		for name, field := range value {
			all[redact(name)] = redactAll(field, redact)
		}
		return all
	default:
		return value
	}
}
