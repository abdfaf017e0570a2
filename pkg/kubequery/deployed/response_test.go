package deployed

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/open-policy-agent/opa/v1/util"
)

// TestResponses shows what a policy gets of each answer of a server. What is no
// answer to the question does not look like one.
func TestResponses(t *testing.T) {
	const one, list = `query_name("nodes", "a")`, `query_all("nodes")`
	for name, tc := range map[string]struct {
		status           int
		call, body, want string
	}{
		"object": {
			200, one, `{"kind": "Node", "metadata": {"name": "a", "managedFields": [{}], "x": 1}, "spec": {"managedFields": 1}}`,
			`{"kind": "Node", "metadata": {"name": "a", "x": 1}, "spec": {"managedFields": 1}}`,
		},
		"object without metadata": {200, one, `{"kind": "Node"}`, `{"kind": "Node"}`},
		"fields that the response has": {
			200, one, `{"status": {"a": 1}, "headers": {"b": 2}, "body": {"c": 3}, "status_code": 4, "raw_body": 5}`,
			`{"status": {"a": 1}, "headers": {"b": 2}, "body": {"c": 3}, "status_code": 4, "raw_body": 5}`,
		},
		"no JSON":       {200, one, `<html>log in</html>`, `the server answers 200, but with something else than a JSON object`},
		"no object":     {200, one, `[]`, `the server answers 200, but with something else than a JSON object`},
		"nothing":       {200, one, ``, `the server answers 200, but with something else than a JSON object`},
		"list, no JSON": {200, list, `login`, `the server answers 200, but with something else than a JSON object`},
		"list": {
			200, list, `{"kind": "NodeList", "metadata": {"resourceVersion": "7", "remainingItemCount": 0, "continue": ""},
				"items": [{"metadata": {"name": "a", "managedFields": []}}, {"metadata": {}}, {}]}`,
			`{"kind": "NodeList", "metadata": {"resourceVersion": "7"}, "items": [{"metadata": {"name": "a"}}, {"metadata": {}}, {}]}`,
		},
		"empty list":           {200, list, `{"items": []}`, `{"items": []}`},
		"empty list in Go":     {200, list, `{"items": null}`, `{"items": []}`},
		"list without items":   {200, list, `{"kind": "NodeList"}`, `the server answers 200, but with something else than a list of objects`},
		"items that are none":  {200, list, `{"items": {}}`, `the server answers 200, but with something else than a list of objects`},
		"an item that is none": {200, list, `{"items": [{}, "a"]}`, `the server answers 200, but with something else than a list of objects`},
		"part of a list":       {200, list, `{"metadata": {"continue": "x"}, "items": [{}]}`, `the server answers with a part of the list only`},
		"unauthorized":         {401, list, `{"kind": "Status", "code": 401, "message": "m"}`, `{"kind": "Status", "code": 401, "message": "m"}`},
		"not found, no JSON":   {404, list, `404 page not found`, `null`},
		"gone":                 {410, list, `{"metadata": {"continue": "x"}}`, `{"metadata": {"continue": "x"}}`},
		"busy":                 {429, one, `{"code": 429}`, `{"code": 429}`},
		"failure":              {500, list, `{"items": 1, "message": "m"}`, `{"items": 1, "message": "m"}`},
		"redirect":             {302, one, `{}`, `{}`},
	} {
		t.Run(name, func(t *testing.T) {
			server := newRecorder(t, tc.status, tc.body)
			server.header.Set("Location", server.URL+"/elsewhere")
			result, _ := newLibrary(t, few(), server.env()).eval(t, "data.kubernetes.api.client."+tc.call, nil).(map[string]any)
			if count := len(server.take()); count != 1 {
				t.Errorf("%d requests were sent", count)
			}
			if strings.HasPrefix(tc.want, "the server") {
				if diff := cmp.Diff(map[string]any{"status_code": json.Number("0"), "error": tc.want}, result); diff != "" {
					t.Error(diff)
				}
				return
			}
			headers, _ := result["headers"].(map[string]any)
			if diff := cmp.Diff([]any{"application/json"}, headers["content-type"]); diff != "" {
				t.Error(diff)
			}
			body := parse(t, tc.want)
			want := map[string]any{}
			if fields, ok := body.(map[string]any); ok {
				maps.Copy(want, fields)
			}
			want["status_code"] = json.Number(strconv.Itoa(tc.status))
			want["status"] = fmt.Sprintf("%d %s", tc.status, http.StatusText(tc.status))
			want["headers"], want["body"] = headers, body
			if diff := cmp.Diff(want, result); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func parse(t *testing.T, text string) any {
	t.Helper()
	var value any
	if err := util.UnmarshalJSON([]byte(text), &value); err != nil {
		t.Fatal(err)
	}
	return value
}
