package server

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery"
	"github.com/kubectl-opa/kubectl-opa/pkg/redact"
)

const secretPolicy = `package p

import data.kubernetes.api.client

value := base64.decode(client.query_name_ns("secrets", "s", "default").data.password)

looked if {
	v := value
	print("it is", v)
	trace(sprintf("it is %v", [v]))
	startswith(v, "hunter")
}

asked := client.query_name_ns(value, "x", "default")

strict := time.parse_rfc3339_ns(value)
`

// TestRedacted lets a policy read a Secret: the result has its value, and what is
// said about the evaluation has not, in whatever form.
func TestRedacted(t *testing.T) {
	const value, encoded = "hunter-2-times", "aHVudGVyLTItdGltZXM="
	for name, tc := range map[string]struct {
		target string
		result bool
		code   int
	}{
		"a result":           {"/v1/data/p/value", true, 200},
		"prints":             {"/v1/data/p/looked", false, 200},
		"a trace":            {"/v1/data/p/looked?explain=full", false, 200},
		"a trace, for eyes":  {"/v1/data/p/looked?explain=full&pretty=true", false, 200},
		"notes":              {"/v1/data/p/looked?explain=notes&pretty", false, 200},
		"fails":              {"/v1/data/p/looked?explain=fails", false, 200},
		"debug":              {"/v1/data/p/looked?explain=debug", false, 200},
		"an error":           {"/v1/data/p/asked", false, 500},
		"an error of OPA":    {"/v1/data/p/strict?strict-builtin-errors=true", false, 500},
		"a trace, otherwise": {"/v1/data/p/looked?pretty=true&explain=FULL", false, 200},
	} {
		for _, encoding := range []string{"", "gzip"} {
			t.Run(name+encoding, func(t *testing.T) {
				redactor := redact.NewRedactor()
				o, heard := options(map[string]string{"p.rego": secretPolicy})
				o.Redact = redactor.Text
				notify := o.Notify
				o.Notify = func(event kubequery.Event) { notify(kubequery.Printed{Text: redactor.Text(event.String())}) }
				cluster := &fake{code: 200, body: `{"kind":"Secret","apiVersion":"v1","metadata":{"name":"s"},"data":{"password":"` + encoded + `"}}`}
				s := serve(t, kubequery.Watch(cluster, redactor), o)
				request := httptest.NewRequest(http.MethodGet, tc.target, nil)
				if encoding != "" {
					request.Header.Set("Accept-Encoding", encoding)
				}
				answer := httptest.NewRecorder()
				s.handler.ServeHTTP(answer, request)
				sent := &recorder{header: answer.Header(), body: *answer.Body}
				body, err := sent.plain()
				if err != nil {
					t.Fatal(err)
				}
				text := string(body) + heard.String()
				if answer.Code != tc.code || strings.Contains(text, value) != tc.result || strings.Contains(text, encoded) {
					t.Errorf("%d %s", answer.Code, text)
				}
				if !tc.result && cluster.asked() == 0 {
					t.Error("the Secret was not read")
				}
				if strings.Contains(tc.target, "explain=full") && !strings.Contains(text, redact.Mark) && !strings.Contains(text, `\u003credacted\u003e`) {
					t.Errorf("nothing was redacted: %s", text)
				}
			})
		}
	}
}
