package policies

import (
	"embed"
	"encoding/json"
	"fmt"
	"strings"

	"sigs.k8s.io/yaml"
)

// many are the templates' code, each in a file that has the name of its kind.
// The first line says which kind of object it is for, the second may have the
// constraint's parameters.
//
//go:embed many/*.rego
var many embed.FS

const (
	matchMark      = "# match: "
	parametersMark = "# parameters: "
)

func readMany() (map[string][]byte, error) {
	entries, err := many.ReadDir("many")
	if err != nil {
		return nil, err
	}
	texts := map[string][]byte{}
	for _, entry := range entries {
		code, err := many.ReadFile("many/" + entry.Name())
		if err != nil {
			return nil, err
		}
		kind := strings.TrimSuffix(entry.Name(), ".rego")
		if texts[kind+".yaml"], err = policy(kind, string(code)); err != nil {
			return nil, fmt.Errorf("%s: %w", entry.Name(), err)
		}
	}
	return texts, nil
}

// object is what YAML is made of.
type object = map[string]any

// policy is a template and its constraint.
func policy(kind, code string) ([]byte, error) {
	first, rest, _ := strings.Cut(code, "\n")
	match, marked := strings.CutPrefix(first, matchMark)
	group, matched, ok := strings.Cut(match, "/")
	if !marked || !ok {
		return nil, fmt.Errorf("its first line is not %sGROUP/KIND", matchMark)
	}
	spec := object{"match": object{"kinds": []object{{"apiGroups": []string{strings.TrimSuffix(group, "v1")}, "kinds": []string{matched}}}}}
	second, _, _ := strings.Cut(rest, "\n")
	if text, ok := strings.CutPrefix(second, parametersMark); ok {
		parameters := object{}
		if err := json.Unmarshal([]byte(text), &parameters); err != nil {
			return nil, fmt.Errorf("reading its parameters: %w", err)
		}
		spec["parameters"] = parameters
	}
	template, err := yaml.Marshal(object{
		"apiVersion": "templates.gatekeeper.sh/v1", "kind": "ConstraintTemplate", "metadata": object{"name": strings.ToLower(kind)},
		"spec": object{
			"crd": object{"spec": object{
				"names":      object{"kind": kind},
				"validation": object{"openAPIV3Schema": object{"type": "object", "x-kubernetes-preserve-unknown-fields": true}},
			}},
			"targets": []object{{"target": "admission.k8s.gatekeeper.sh", "rego": code}},
		},
	})
	if err != nil {
		return nil, err
	}
	constraint, err := yaml.Marshal(object{
		"apiVersion": "constraints.gatekeeper.sh/v1beta1", "kind": kind, "metadata": object{"name": "bench"}, "spec": spec,
	})
	return append(append(template, "---\n"...), constraint...), err
}
