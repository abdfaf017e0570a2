package cassette

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery"
	"github.com/kubectl-opa/kubectl-opa/pkg/redact"
)

const aNode = `{"kind":"Node","apiVersion":"v1","metadata":{"name":"a","managedFields":[{"x":["]}"]}],"labels":{"managedFields":"a label"}},` +
	`"spec":{"n":1.50,"big":12345678901234567890,"text":"<&>\u2028"}}`

// TestWritten shows the file of one of each: words, objects, lists, refusals,
// what is no JSON.
func TestWritten(t *testing.T) {
	r := NewRecorder(fake{answer: func(request kubequery.Request) (int, string) {
		switch request.Name {
		case "a":
			return 200, aNode
		case "gone":
			return 404, "404 page not found\n"
		case "no":
			return 403, `{"kind":"Status","message":"no"}`
		}
		return 200, `{"kind":"NodeList","metadata":{"resourceVersion":"7"},"items":[` + aNode + `]}`
	}}, Options{})
	for _, word := range []string{"nodes", "deploy", "podz", "clusters", "deploy"} {
		_, _ = r.Resolve(t.Context(), word)
	}
	for _, name := range []string{"no", "a", "", "gone", "a"} {
		ask(t, r, kubequery.Request{Resource: nodes, Name: name})
	}
	ask(t, r, kubequery.Request{Resource: deployments, Namespace: "x", LabelSelector: "a=b", FieldSelector: "c=d", Limit: 500})
	want := `{
  "apiVersion": "kubectl-opa/v1alpha1",
  "kind": "QueryCassette",
  "secretValues": "redacted",
  "words": [
    {
      "word": "clusters",
      "ambiguous": {
        "candidates": [
          "clusters.a",
          "clusters.b"
        ]
      }
    },
    {
      "word": "deploy",
      "resource": {
        "group": "apps",
        "version": "v1",
        "name": "deployments",
        "kind": "Deployment",
        "namespaced": true
      }
    },
    {
      "word": "nodes",
      "resource": {
        "version": "v1",
        "name": "nodes",
        "kind": "Node",
        "namespaced": false
      }
    },
    {
      "word": "podz",
      "unknown": {
        "nearest": [
          "nodes"
        ],
        "unasked": [
          "x/v1"
        ]
      }
    }
  ],
  "answers": [
    {
      "question": {
        "version": "v1",
        "resource": "nodes"
      },
      "statusCode": 200,
      "status": "200 OK",
      "contentType": "application/json",
      "body": {
        "kind": "NodeList",
        "metadata": {
          "resourceVersion": "7"
        },
        "items": [
          {
            "kind": "Node",
            "apiVersion": "v1",
            "metadata": {
              "name": "a",
              "labels": {
                "managedFields": "a label"
              }
            },
            "spec": {
              "n": 1.50,
              "big": 12345678901234567890,
              "text": "<&>\u2028"
            }
          }
        ]
      }
    },
    {
      "question": {
        "version": "v1",
        "resource": "nodes",
        "name": "a"
      },
      "statusCode": 200,
      "status": "200 OK",
      "contentType": "application/json",
      "body": {
        "kind": "Node",
        "apiVersion": "v1",
        "metadata": {
          "name": "a",
          "labels": {
            "managedFields": "a label"
          }
        },
        "spec": {
          "n": 1.50,
          "big": 12345678901234567890,
          "text": "<&>\u2028"
        }
      }
    },
    {
      "question": {
        "version": "v1",
        "resource": "nodes",
        "name": "gone"
      },
      "statusCode": 404,
      "status": "404 Not Found",
      "contentType": "application/json",
      "text": "404 page not found\n"
    },
    {
      "question": {
        "version": "v1",
        "resource": "nodes",
        "name": "no"
      },
      "statusCode": 403,
      "status": "403 Forbidden",
      "contentType": "application/json",
      "body": {
        "kind": "Status",
        "message": "no"
      }
    },
    {
      "question": {
        "group": "apps",
        "version": "v1",
        "resource": "deployments",
        "namespace": "x",
        "labelSelector": "a=b",
        "fieldSelector": "c=d"
      },
      "statusCode": 200,
      "status": "200 OK",
      "contentType": "application/json",
      "body": {
        "kind": "NodeList",
        "metadata": {
          "resourceVersion": "7"
        },
        "items": [
          {
            "kind": "Node",
            "apiVersion": "v1",
            "metadata": {
              "name": "a",
              "labels": {
                "managedFields": "a label"
              }
            },
            "spec": {
              "n": 1.50,
              "big": 12345678901234567890,
              "text": "<&>\u2028"
            }
          }
        ]
      }
    }
  ]
}
`
	if diff := cmp.Diff(want, written(t, r)); diff != "" {
		t.Error(diff)
	}
	const nothing = "{\n  \"apiVersion\": \"kubectl-opa/v1alpha1\",\n  \"kind\": \"QueryCassette\",\n  \"secretValues\": \"recorded\",\n  \"words\": [],\n  \"answers\": []\n}\n"
	if diff := cmp.Diff(nothing, written(t, NewRecorder(always(200, "{}"), Options{Secrets: true}))); diff != "" {
		t.Error(diff)
	}
}

// TestManagedFields shows that they are kept where policies are to see them, and
// that the values of a Secret are not.
func TestManagedFields(t *testing.T) {
	r := NewRecorder(always(200, `{"kind":"Secret","metadata":{"name":"a","managedFields":[{"x":1}]},"data":{"b":"c"}}`), Options{ManagedFields: true})
	ask(t, r, kubequery.Request{Resource: nodes, Name: "a"})
	ask(t, r, kubequery.Request{Resource: secrets, Name: "a"})
	file := written(t, r)
	if strings.Count(file, "managedFields\": [") != 2 || strings.Count(file, redact.Mark) != 1 || !strings.Contains(file, "\n  \"managedFields\": true,\n") {
		t.Error(file)
	}
	replay(t, file)
}

// TestHeaders shows that a run that is recorded sees the headers of a replay.
func TestHeaders(t *testing.T) {
	r := NewRecorder(always(200, "{}"), Options{})
	response, err := r.Do(t.Context(), kubequery.Request{Resource: nodes, Name: "a"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(header("application/json"), response.Header); diff != "" {
		t.Error(diff)
	}
}

// TestBodiesAreReadOn shows that what nobody reads is recorded all the same,
// and that nothing is read before it is asked for.
func TestBodiesAreReadOn(t *testing.T) {
	for name, read := range map[string]func(io.ReadCloser) error{
		"all":        func(body io.ReadCloser) error { _, err := io.ReadAll(body); return errors.Join(err, body.Close()) },
		"not closed": func(body io.ReadCloser) error { _, err := io.ReadAll(body); return err },
		"some": func(body io.ReadCloser) error {
			_, err := body.Read(make([]byte, 3))
			return errors.Join(err, body.Close())
		},
		"nothing": func(body io.ReadCloser) error { return body.Close() },
		"byte by byte": func(body io.ReadCloser) error {
			_, err := io.ReadAll(iotest.OneByteReader(body))
			return errors.Join(err, body.Close(), body.Close())
		},
	} {
		t.Run(name, func(t *testing.T) {
			taken := 0
			cluster := always(200, aNode)
			cluster.wrap = func(body io.ReadCloser) io.ReadCloser {
				return io.NopCloser(io.TeeReader(body, counter{&taken}))
			}
			r := NewRecorder(cluster, Options{})
			response, err := r.Do(t.Context(), kubequery.Request{Resource: nodes, Name: "a"})
			if err != nil || taken > 0 {
				t.Fatalf("want nothing to be read before it is asked for, found %d bytes, %v", taken, err)
			}
			if err := read(response.Body); err != nil {
				t.Fatal(err)
			}
			if got := written(t, r); !strings.Contains(got, "12345678901234567890") {
				t.Errorf("want the whole body, found %s", got)
			}
		})
	}
}

type counter struct{ bytes *int }

func (c counter) Write(p []byte) (int, error) { *c.bytes += len(p); return len(p), nil }

// TestIncomplete shows what cannot be replayed: the recording is refused.
func TestIncomplete(t *testing.T) {
	list := kubequery.Request{Resource: nodes, Limit: 500}
	failing := func(err error) func(io.ReadCloser) io.ReadCloser {
		return func(body io.ReadCloser) io.ReadCloser {
			return io.NopCloser(io.MultiReader(io.LimitReader(body, 3), iotest.ErrReader(err)))
		}
	}
	for name, tc := range map[string]struct {
		cluster fake
		run     func(*Recorder)
		want    string
	}{
		"no connection": {cluster: always(0, "refused"), want: "the recording is incomplete: refused"},
		"broken off": {
			cluster: fake{always(200, "{}").answer, failing(io.ErrUnexpectedEOF)},
			want:    "the recording is incomplete: reading the answer to: list nodes: unexpected EOF",
		},
		"given up": {
			cluster: fake{always(200, "{}").answer, failing(context.Canceled)},
			want:    "the recording is incomplete: list nodes: there is no answer",
		},
		"one page": {
			cluster: always(200, `{"metadata":{"continue":"more"},"items":[]}`),
			want:    "the recording is incomplete: list nodes: there is no answer",
		},
		"a page that is none": {
			cluster: fake{answer: func(r kubequery.Request) (int, string) {
				return 200, map[string]string{"": `{"metadata":{"continue":"more"},"items":[]}`, "more": "{}"}[r.Continue]
			}},
			run:  func(r *Recorder) { ask(t, r, kubequery.Request{Resource: nodes, Continue: "more"}) },
			want: "the recording is incomplete: reading the answer to: list nodes: want a page of a list, found something else",
		},
		"the same page again": {
			cluster: always(200, `{"metadata":{"continue":"more"},"items":[]}`),
			run:     func(r *Recorder) { ask(t, r, kubequery.Request{Resource: nodes, Continue: "more"}) },
			want:    "the recording is incomplete: list nodes: there is no answer",
		},
		"gone in the middle": {
			cluster: fake{answer: func(r kubequery.Request) (int, string) {
				if r.Continue != "" {
					return 410, "{}"
				}
				return 200, `{"metadata":{"continue":"more"},"items":[]}`
			}},
			run:  func(r *Recorder) { ask(t, r, kubequery.Request{Resource: nodes, Continue: "more"}) },
			want: "the recording is incomplete: list nodes: there is no answer",
		},
		"no discovery": {
			cluster: always(200, "{}"),
			run:     func(r *Recorder) { _, _ = r.Resolve(t.Context(), "down") },
			want:    "the recording is incomplete: asking which resources are served: refused",
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := NewRecorder(tc.cluster, Options{})
			if response, err := r.Do(t.Context(), list); err == nil {
				_, _ = io.ReadAll(response.Body)
				_ = response.Body.Close()
			}
			if tc.run != nil {
				tc.run(r)
			}
			_, err := r.Cassette()
			if !errors.Is(err, ErrIncomplete) {
				t.Fatalf("want it to be refused, found %v", err)
			}
			if diff := cmp.Diff(tc.want, err.Error()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestLastAnswer shows which of several answers is kept.
func TestLastAnswer(t *testing.T) {
	codes := []int{503, 404, 200, 500, 200}
	number := 0
	r := NewRecorder(fake{answer: func(kubequery.Request) (int, string) {
		number++
		return codes[number-1], `{"n":` + string(rune('0'+number)) + `}`
	}}, Options{})
	for i, want := range []string{`"n": 1`, `"n": 2`, `"n": 3`, `"n": 3`, `"n": 3`} {
		ask(t, r, kubequery.Request{Resource: nodes, Name: "a"})
		if got := written(t, r); !strings.Contains(got, want) {
			t.Errorf("after %d: want %s, found %s", i+1, want, got)
		}
	}
}

// TestLateRefusal shows that a refusal that comes after an answer, to a request
// that was sent before it, does not count.
func TestLateRefusal(t *testing.T) {
	codes := []int{403, 200}
	number := 0
	r := NewRecorder(fake{answer: func(kubequery.Request) (int, string) {
		number++
		return codes[number-1], "{}"
	}}, Options{})
	bodies := []io.ReadCloser{}
	for range codes {
		response, err := r.Do(t.Context(), kubequery.Request{Resource: nodes, Name: "a"})
		if err != nil {
			t.Fatal(err)
		}
		bodies = append(bodies, response.Body)
	}
	if err := errors.Join(bodies[1].Close(), bodies[0].Close()); err != nil {
		t.Fatal(err)
	}
	if got := written(t, r); !strings.Contains(got, `"200 OK"`) {
		t.Errorf("want the answer to stay, found %s", got)
	}
}

// TestRecorderIsShared wants whole lists from several goroutines that ask at
// the same time.
func TestRecorderIsShared(t *testing.T) {
	r := NewRecorder(paged, Options{})
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for _, token := range []string{"", "t1", "t2"} {
				_, _ = r.Resolve(t.Context(), "nodes")
				ask(t, r, kubequery.Request{Resource: nodes, Limit: 1, Continue: token})
			}
		})
	}
	all.Wait()
	if diff := cmp.Diff([]string{"a", "b", "c"}, names(t, r)); diff != "" {
		t.Error(diff)
	}
}

func TestLongRefusal(t *testing.T) {
	r := NewRecorder(always(500, strings.Repeat("x", maxRefusal+7)), Options{})
	if got := len(ask(t, r, kubequery.Request{Resource: nodes})); got != maxRefusal+7 {
		t.Errorf("want all of it, found %d bytes", got)
	}
	response, err := r.Do(t.Context(), kubequery.Request{Resource: nodes, Name: "a"})
	if err != nil || response.Body.Close() != nil {
		t.Fatal(err)
	}
	c, err := r.Cassette()
	if err != nil {
		t.Fatal(err)
	}
	for _, answer := range c.answers {
		if len(*answer.Text) != maxRefusal {
			t.Errorf("%s: want the first %d bytes to be kept, found %d", answer.Question, maxRefusal, len(*answer.Text))
		}
	}
}
