package cassette

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery"
	"github.com/kubectl-opa/kubectl-opa/pkg/redact"
)

// marked is what must not be found anywhere.
const marked = `marked"value\4711`

// vault is a cluster with a Secret, in each place where it has values, and
// with answers that repeat what they were asked for.
var vault = fake{answer: func(r kubequery.Request) (int, string) {
	secret := `{"kind":"Secret","metadata":{"name":"creds","namespace":"x","managedFields":[],"annotations":` + encoded(map[string]string{
		"kubectl.kubernetes.io/last-applied-configuration": `{"data":{"password":"` + inBase64(marked) + `"}}`,
	}) + `},"data":{"password":"` + inBase64(marked) + `","user":"` + inBase64("admin") + `"},"stringData":` + encoded(map[string]string{"p": marked}) + `}`
	switch {
	case r.Resource == secrets && r.Name == "none":
		return 404, `{"kind":"Status","message":"secrets \"none\" not found","code":404,"data":"left alone"}`
	case r.Resource == secrets && r.Name != "":
		return 200, secret
	case r.Resource == secrets:
		return 200, `{"kind":"SecretList","metadata":{"resourceVersion":"5"},"items":[` + secret + `]}`
	case r.Resource == nodes:
		return 200, `{"kind":"Node","metadata":{"name":"admin","labels":` + encoded(map[string]string{marked: "a copy: " + marked}) + `},"port":4711}`
	case r.LabelSelector != "" || r.FieldSelector != "":
		return 200, `{"items":[{"metadata":` + encoded(map[string]string{"label": r.LabelSelector + r.FieldSelector, "admin": "admin"}) + `}]}`
	}
	return 404, `{"kind":"Status","message":` + encoded(fmt.Sprintf("configmaps %q not found", r.Name)) + `,"details":{"name":` + encoded(r.Name) + `}}`
}}

func encoded(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return string(text)
}

func inBase64(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }

// use asks for a Secret and puts its value wherever a policy can put one.
const use = `[client.query_name_ns("secrets", "creds", "x").data.password] ==
	[v | v := client.query_all("secrets").items[_].data.password
		client.query_name_ns("secrets", "none", "x").status_code == 404
		client.query_name_ns("cm", v, "x").status_code == 404
		client.query_field_selector_ns("cm", {"metadata.name": v}, "").status_code == 200
		client.query_ns("cm", concat("-", ["x", v])).status_code == 404
		client.query_name("nodes", "admin").status_code == 200]`

func TestSecretsAreRedacted(t *testing.T) {
	r := NewRecorder(vault, Options{})
	if got := evaluate(t, r, use); !strings.Contains(got, "true") {
		t.Fatal(got)
	}
	file := written(t, r)
	for _, value := range []string{marked, "marked", "4711\"", inBase64(marked), inBase64("admin")} {
		if strings.Contains(file, value) {
			t.Errorf("%q is in %s", value, file)
		}
	}
	c, err := r.Cassette()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, answer := range c.answers {
		got[answer.Question.String()] = string(answer.body)
	}
	const secret = `{"data":{"password":"<redacted>","user":"<redacted>"},"kind":"Secret","metadata":{"annotations":` +
		`{"kubectl.kubernetes.io/last-applied-configuration":"<redacted>"},"name":"creds","namespace":"x"},"stringData":{"p":"<redacted>"}}`
	want := map[string]string{
		`get secrets "creds" in namespace "x"`:                       secret,
		`get secrets "none" in namespace "x"`:                        `{"kind":"Status","message":"secrets \"none\" not found","code":404,"data":"left alone"}`,
		`list secrets`:                                               `{"kind":"SecretList","metadata":{"resourceVersion":"5"},"items":[` + secret + `]}`,
		`get configmaps "<redacted>" in namespace "x"`:               `{"kind":"Status","message":"configmaps \"<redacted>\" not found","details":{"name":"<redacted>"}}`,
		`list configmaps with the fields "metadata.name=<redacted>"`: `{"items":[{"metadata":{"admin":"admin","label":"metadata.name=<redacted>"}}]}`,
		`list configmaps in namespace "x-<redacted>"`:                `{"kind":"Status","message":"configmaps \"\" not found","details":{"name":""}}`,
		`get nodes "admin"`:                                          `{"kind":"Node","metadata":{"name":"admin","labels":{"<redacted>":"a copy: <redacted>"}},"port":4711}`,
	}
	// The user "admin" is in the question, so it is a value in it.
	want[`get nodes "<redacted>"`] = strings.ReplaceAll(want[`get nodes "admin"`], `"admin"`, `"<redacted>"`)
	delete(want, `get nodes "admin"`)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestReplayOfRedactedValues shows that a policy that asks with values of
// Secrets asks the same with redacted ones, and is told what it reads.
func TestReplayOfRedactedValues(t *testing.T) {
	const expr = `[r.status_code | v := client.query_name_ns("secrets", "creds", "x").data.password; r := client.query_name_ns("cm", v, "x")]`
	r := NewRecorder(vault, Options{})
	live := evaluate(t, r, expr)
	const said = `secrets "creds" in namespace "x": data.password was recorded as <redacted>; ` +
		"if the policy needs more, record again with --record-secrets\n"
	if diff := cmp.Diff(said+live, evaluate(t, replay(t, written(t, r)), expr)); diff != "" {
		t.Error(diff)
	}
}

func TestSecretsAreKept(t *testing.T) {
	r := NewRecorder(vault, Options{Secrets: true})
	live := evaluate(t, r, use)
	file := written(t, r)
	if !strings.Contains(file, inBase64(marked)) || !strings.Contains(file, `"secretValues": "recorded"`) || strings.Contains(file, redact.Mark) {
		t.Errorf("want the values to be there, found %s", file)
	}
	if diff := cmp.Diff(live, evaluate(t, replay(t, file), use)); diff != "" {
		t.Error(diff)
	}
}

// TestWhatIsRedacted shows which answers of a replay say that values were left
// out, which costs a closer look at them.
func TestWhatIsRedacted(t *testing.T) {
	for _, tc := range []struct {
		secrets bool
		body    string
		want    bool
	}{
		{false, `{"data":{"a":"<redacted>"}}`, true},
		{false, `{"data":{"a":"\u003credacted\u003e"}}`, true},
		{false, `{"data":{"a":"x"}}`, false},
		{true, `{"data":{"a":"<redacted>"}}`, false},
	} {
		c := &Cassette{Secrets: tc.secrets, answers: []answer{{Question: questionOf(kubequery.Request{Resource: nodes}), body: []byte(tc.body)}}}
		response, err := c.Player().Do(t.Context(), kubequery.Request{Resource: nodes})
		if err != nil || response.Redacted != tc.want {
			t.Errorf("%+v: found %v, %v", tc, response.Redacted, err)
		}
	}
}

// TestSameWithoutSecrets shows that what could not be told apart in a replay is
// not recorded.
func TestSameWithoutSecrets(t *testing.T) {
	redactor := redact.NewRedactor()
	redactor.Learn(map[string]any{"stringData": map[string]any{"a": "first", "b": "second"}})
	for name, tc := range map[string]struct {
		run  func(*Recorder)
		want string
	}{
		"answers": {
			func(r *Recorder) {
				ask(t, r, kubequery.Request{Resource: nodes, Name: "first"})
				ask(t, r, kubequery.Request{Resource: nodes, Name: "second"})
			},
			`recording: get nodes "<redacted>": asked with several values of Secrets, and answered differently`,
		},
		"words": {
			func(r *Recorder) { _, _ = r.Resolve(t.Context(), "first"); _, _ = r.Resolve(t.Context(), "second") },
			`recording: which resource "<redacted>" is: asked with several values of Secrets, and answered differently`,
		},
		"same answers": {
			func(r *Recorder) {
				ask(t, r, kubequery.Request{Resource: nodes, Namespace: "no", Name: "first"})
				ask(t, r, kubequery.Request{Resource: nodes, Namespace: "no", Name: "second"})
			},
			"",
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := NewRecorder(oddities{fake{answer: func(r kubequery.Request) (int, string) {
				if r.Namespace == "no" {
					return 404, `{"name":` + encoded(r.Name) + `}`
				}
				return 200, `{"length":` + fmt.Sprint(len(r.Name)) + `}`
			}}}, Options{Redactor: redactor})
			tc.run(r)
			c, err := r.Cassette()
			if tc.want == "" {
				if err != nil || len(c.answers) != 1 || string(c.answers[0].body) != `{"name":"<redacted>"}` {
					t.Errorf("want one answer, found %v, %v", c, err)
				}
				return
			}
			if err == nil || err.Error() != tc.want {
				t.Errorf("want the error %s, found %v", tc.want, err)
			}
			if diff := cmp.Diff([]string{"record with --record-secrets, and keep the file to yourself"}, advice.Next(err)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestRedactedText shows that a body that is no JSON is redacted too.
func TestRedactedText(t *testing.T) {
	redactor := redact.NewRedactor()
	redactor.Learn(map[string]any{"stringData": map[string]any{"a": "first"}})
	r := NewRecorder(always(404, "no page first here"), Options{Redactor: redactor})
	ask(t, r, kubequery.Request{Resource: nodes, Name: "first"})
	c, err := r.Cassette()
	if err != nil || *c.answers[0].Text != "no page <redacted> here" {
		t.Error(c, err)
	}
}

func TestRedactStrings(t *testing.T) {
	redact := func(text string) string { return strings.ReplaceAll(text, "a\"b", "<r>") }
	for in, want := range map[string]string{
		`{"x":["ab",1,true,null,""]}`:         `{"x":["ab",1,true,null,""]}`,
		`{"x":"a\"b","a\u0022b":"\\a\"b\\"}`:  `{"x":"<r>","<r>":"\\<r>\\"}`,
		`"a\"b"`:                              `"<r>"`,
		`{"x" : "\n a\"b" , "y" : "\u0061" }`: `{"x" : "\n <r>" , "y" : "\u0061" }`,
	} {
		if diff := cmp.Diff(want, string(redactStrings([]byte(in), redact))); diff != "" {
			t.Error(diff)
		}
	}
}
