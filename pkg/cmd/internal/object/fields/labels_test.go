package fields

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseLabels(t *testing.T) {
	for text, want := range map[string]string{
		"env=prod":              `{"matchLabels":{"env":"prod"}}`,
		"env==prod,team=a":      `{"matchLabels":{"env":"prod","team":"a"}}`,
		"env=":                  `{"matchLabels":{"env":""}}`,
		"env!=prod":             `{"matchExpressions":[{"key":"env","operator":"NotIn","values":["prod"]}]}`,
		"team in (b,a),env=x":   `{"matchLabels":{"env":"x"},"matchExpressions":[{"key":"team","operator":"In","values":["a","b"]}]}`,
		"team notin (b,a)":      `{"matchExpressions":[{"key":"team","operator":"NotIn","values":["a","b"]}]}`,
		"team,!env":             `{"matchExpressions":[{"key":"env","operator":"DoesNotExist"},{"key":"team","operator":"Exists"}]}`,
		"env=a,env=b":           `{"matchLabels":{"env":"a"},"matchExpressions":[{"key":"env","operator":"In","values":["b"]}]}`,
		"size>3":                `label selectors have no "gt"`,
		"env=prod,team in (a,b": `unable to parse requirement: found '', expected: ',' or ')'`,
	} {
		selector, err := parseLabels(text)
		got := ""
		if err != nil {
			got = err.Error()
		} else if data, err := json.Marshal(selector); err == nil {
			got = string(data)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
}
