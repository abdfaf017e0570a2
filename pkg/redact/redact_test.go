package redact

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/fields"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
)

// secretOf is a Secret with values in base64.
func secretOf(data map[string]string) map[string]any {
	encoded := map[string]any{}
	for key, value := range data {
		encoded[key] = base64.StdEncoding.EncodeToString([]byte(value))
	}
	return map[string]any{"kind": "Secret", "metadata": map[string]any{"name": "creds", "namespace": "shop"}, "data": encoded}
}

func knowing(values ...string) *Redactor {
	r := NewRedactor()
	for i, value := range values {
		r.Learn(secretOf(map[string]string{strconv.Itoa(i): value}))
	}
	return r
}

func TestRedactText(t *testing.T) {
	pem := "-----BEGIN KEY-----\nab/c+d==\n-----END KEY-----\n"
	for name, tc := range map[string]struct {
		values     []string
		text, want string
	}{
		"no values":            {nil, "a text", "a text"},
		"no text":              {[]string{"value"}, "", ""},
		"as it is":             {[]string{"hunter2"}, "is hunter2 it, or xhunter2hunter2x?", "is <redacted> it, or x<redacted><redacted>x?"},
		"nothing":              {[]string{"hunter2"}, "hunter 2, hunter", "hunter 2, hunter"},
		"at the end":           {[]string{"hunter2"}, "hunter2", "<redacted>"},
		"base64":               {[]string{"hunter22"}, "x aHVudGVyMjI= y", "x <redacted> y"},
		"four bytes":           {[]string{"abcd", "xyz"}, "abcd xyz", "<redacted> xyz"},
		"words":                {[]string{"true", "false", "null", "truest"}, "true false null truest", "true false null <redacted>"},
		"own name":             {[]string{"creds", "shop", "credsx"}, "creds shop credsx", "creds shop <redacted>"},
		"the mark itself":      {[]string{"<redacted>", "redacted"}, "<redacted>", "<<redacted>>"},
		"longest":              {[]string{"abcd", "abcdefgh"}, "abcdefghi abcdefg", "<redacted>i <redacted>efg"},
		"overlap":              {[]string{"abcd1234", "1234efgh"}, "abcd1234efgh!", "<redacted>!"},
		"quoted":               {[]string{"a\"b\\c\nd"}, `"a\"b\\c\nd"`, `"<redacted>"`},
		"quoted in quotes":     {[]string{pem}, strconv.Quote(strconv.Quote(pem)), `"\"<redacted>\""`},
		"control characters":   {[]string{"abc\x01d"}, strconv.Quote("abc\x01d") + " " + asJSON("abc\x01d"), `"<redacted>" "<redacted>"`},
		"JSON":                 {[]string{"<a&b>\n"}, asJSON("<a&b>\n"), `"<redacted>"`},
		"JSON in quotes":       {[]string{"<a&b>\n"}, strconv.Quote(asJSON("<a&b>\n")), `"\"<redacted>\""`},
		"path":                 {[]string{"a/b c?d"}, "/api/" + url.PathEscape("a/b c?d") + "/x", "/api/<redacted>/x"},
		"query":                {[]string{"a/b c?d"}, "?x=" + url.QueryEscape("a/b c?d"), "?x=<redacted>"},
		"field selector":       {[]string{"a,b=c\\"}, "metadata.name=" + fields.EscapeValue("a,b=c\\"), "metadata.name=<redacted>"},
		"field selector, URL":  {[]string{"a,b=c\\"}, url.QueryEscape("metadata.name=" + fields.EscapeValue("a,b=c\\")), "metadata.name%3D<redacted>"},
		"base64 in a selector": {[]string{"hunter22"}, url.QueryEscape("metadata.name=" + fields.EscapeValue("aHVudGVyMjI=")), "metadata.name%3D<redacted>"},
		"cut":                  {[]string{strings.Repeat("abcdefg/", 20)}, advice.Quote(strings.Repeat("abcdefg/", 20)) + " is no name", `"<redacted>"… is no name`},
		"cut in a character":   {[]string{strings.Repeat("aé", 60)}, advice.Quote(strings.Repeat("aé", 60)), `"<redacted>\xc3"…`},
		"cut by a message":     {[]string{strings.Repeat("abcdefg/", 50)}, "x: " + strings.Repeat("abcdefg/", 37) + "a…", "x: <redacted>…"},
		"not cut":              {[]string{"abcdefgh"}, "abcd… abcx…", "<redacted>… abcx…"},
		"long":                 {[]string{strings.Repeat("0123456789\n", 1000)}, "x" + strconv.Quote(strings.Repeat("0123456789\n", 1000)), `x"<redacted>"`},
		"long, in base64":      {[]string{strings.Repeat("0123456789\n", 1000)}, base64.StdEncoding.EncodeToString([]byte(strings.Repeat("0123456789\n", 1000))) + "x", "<redacted>x"},
		"long, the start":      {[]string{strings.Repeat("0123456789\n", 1000)}, strings.Repeat("0123456789\n", 500) + "end", "<redacted>end"},
		"long, other rest":     {[]string{strings.Repeat("é", 200) + "A", strings.Repeat("é", 200) + "BB"}, strings.Repeat("é", 200) + "BB", "<redacted>"},
		"repeats itself":       {[]string{strings.Repeat("a", 1<<20)}, strings.Repeat("a", 1<<20), "<redacted>"},
		"binary":               {[]string{"\xff\xfe\xfd\xfc"}, "x\xff\xfe\xfd\xfcy", "x<redacted>y"},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, knowing(tc.values...).Text(tc.text)); diff != "" {
				t.Error(diff)
			}
		})
	}
	var none *Redactor
	none.Learn(secretOf(map[string]string{"a": "hunter2"}))
	if none.Text("hunter2") != "hunter2" || none.Answering("hunter2") != nil {
		t.Error("want a nil Redactor to know nothing")
	}
}

func asJSON(text string) string {
	encoded, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	return string(encoded)
}

// TestLearn shows where values are found, and that learning changes nothing.
func TestLearn(t *testing.T) {
	secret := map[string]any{}
	text := `{"metadata":{"name":"n","annotations":{"other":"in the open",
		"kubectl.kubernetes.io/last-applied-configuration":"{\"data\":{\"a\":\"b2xkIHZhbHVl\"},\"metadata\":{\"name\":\"n\"}}\n"}},
		"data":{"a":"dmFsdWU=","folded":"bXVsdGkg\nbGluZQ==","broken":"not base64!","number":12345,"none":null},
		"stringData":{"b":"plain text"},"type":"Opaque type"}`
	if err := json.Unmarshal([]byte(text), &secret); err != nil {
		t.Fatal(err)
	}
	before := asJSONValue(secret)
	r := NewRedactor()
	r.Learn(secret)
	if diff := cmp.Diff(before, asJSONValue(secret)); diff != "" {
		t.Error(diff)
	}
	for text, want := range map[string]string{
		`{"data":{"a":"b2xkIHZhbHVl"},"metadata":{"name":"n"}}` + "\n": "<redacted>",
		"value dmFsdWU=":                 "<redacted> <redacted>",
		"multi line bXVsdGkg\nbGluZQ==":  "<redacted> <redacted>",
		"not base64!":                    "<redacted>",
		"old value b2xkIHZhbHVl":         "<redacted> <redacted>",
		"plain text":                     "<redacted>",
		"in the open, Opaque type 12345": "in the open, Opaque type 12345",
	} {
		if diff := cmp.Diff(want, strings.ReplaceAll(r.Text(text), "old <redacted>", "<redacted>")); diff != "" {
			t.Error(diff)
		}
	}
}

func asJSONValue(value any) string {
	encoded, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return string(encoded)
}

func TestRedactSecret(t *testing.T) {
	for name, tc := range map[string]struct{ secret, want string }{
		"all": {
			`{"kind":"Secret","data":{"a":"eA==","b":"","c":null},"stringData":{"d":"x"},"type":"t","metadata":{"name":"n","annotations":{"x":"y",
				"kubectl.kubernetes.io/last-applied-configuration":"{}"}}}`,
			`{"data":{"a":"<redacted>","b":"<redacted>","c":"<redacted>"},"kind":"Secret","metadata":{"annotations":{` +
				`"kubectl.kubernetes.io/last-applied-configuration":"<redacted>","x":"y"},"name":"n"},"stringData":{"d":"<redacted>"},"type":"t"}`,
		},
		"nothing there": {`{"data":null,"metadata":{}}`, `{"data":null,"metadata":{}}`},
		"no Secret":     {`{"data":"x","stringData":[1],"metadata":[]}`, `{"data":"<redacted>","metadata":[],"stringData":"<redacted>"}`},
	} {
		t.Run(name, func(t *testing.T) {
			secret := map[string]any{}
			if err := json.Unmarshal([]byte(tc.secret), &secret); err != nil {
				t.Fatal(err)
			}
			Secret(secret)
			encoder := strings.NewReplacer(`\u003c`, "<", `\u003e`, ">")
			if diff := cmp.Diff(tc.want, encoder.Replace(asJSONValue(secret))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestAnswering shows that short values are left where they are by accident.
func TestAnswering(t *testing.T) {
	if knowing().Answering("x") != nil {
		t.Error("want nothing to do without values")
	}
	r := knowing("admin", "5432", "a-really-long-value")
	const text = "admin:5432 a-really-long-value aa-really-long-valuea"
	for question, want := range map[string]string{
		"":            "admin:5432 <redacted> a<redacted>a",
		"admin-login": "<redacted>:5432 <redacted> a<redacted>a",
		"x=5432":      "admin:<redacted> <redacted> a<redacted>a",
	} {
		if diff := cmp.Diff(want, r.Answering("", question)(text)); diff != "" {
			t.Error(diff)
		}
	}
}

func TestRedactorIsShared(t *testing.T) {
	r := NewRedactor()
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			value := fmt.Sprintf("value-%d", i)
			r.Learn(secretOf(map[string]string{"a": value}))
			if got := r.Text(value); got != Mark {
				t.Errorf("want what was learned to be known, found %s", got)
			}
		})
	}
	all.Wait()
}

// FuzzRedact wants a value never to be readable, however it is spelled, and all
// else to stay.
func FuzzRedact(f *testing.F) {
	f.Add("hunter2", "a", "b")
	f.Add("a\"b\n<c>", "é", "\xff")
	f.Add(strings.Repeat("é/", 200), "", "…")
	f.Add("\xc3"+strings.Repeat("/é", 200), "", "…")
	f.Fuzz(func(t *testing.T, value, before, after string) {
		r := knowing(value)
		if len(r.values) == 0 || r.open[value] || strings.Contains(Mark, value) {
			return // not looked for, or part of what stands in its place
		}
		for i, way := range ways {
			for _, spelled := range []string{way(value), way(inBase64(value))} {
				got := r.Text(before + spelled + after)
				if !strings.Contains(got, Mark) || strings.Contains(got, spelled) {
					t.Errorf("way %d: %q became %q", i, before+spelled+after, got)
				}
			}
		}
	})
}
