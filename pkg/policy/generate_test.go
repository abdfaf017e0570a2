package policy_test

import (
	"fmt"
	"math/rand"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
)

// generator makes values up.
type generator struct{ *rand.Rand }

// awkward are texts that YAML, JSON or a shell could take for something else.
var awkward = []string{
	"a", "kube-*", "*", "", "yes", "0777", "1e3", "null", "~", "a: b", "- a", "# a", "a #b", " lead", "trail ", "two\nlines", "two\nlines\n",
	"tab\tin\n\tit", "\"quoted\"", "'single'", "<a> & b", "ä ✓ \U0001f600", "\u2028", "{}", "{{ .x }}", "%a", "@a", "`a`", "a\\n", "2001-01-01", "1:20", "---\na",
}

func (g generator) coin() bool { return g.Intn(2) == 0 }

func (g generator) text() string { return awkward[g.Intn(len(awkward))] }

// texts is nil or not empty: JSON does not tell nil and empty apart.
func (g generator) texts() []string {
	var all []string
	for range g.Intn(3) {
		all = append(all, g.text())
	}
	return all
}

func (g generator) texting() map[string]string {
	var all map[string]string
	for i := range g.Intn(3) {
		if all == nil {
			all = map[string]string{}
		}
		all[fmt.Sprintf("example.org/k%d", i)] = g.text()
	}
	return all
}

func (g generator) meta() metav1.ObjectMeta {
	meta := metav1.ObjectMeta{Name: fmt.Sprintf("n%d", g.Intn(9)), Labels: g.texting(), Annotations: g.texting()}
	if g.coin() {
		if meta.Annotations == nil {
			meta.Annotations = map[string]string{}
		}
		meta.Annotations["kubectl.kubernetes.io/last-applied-configuration"] = "{}"
		meta.ResourceVersion, meta.UID, meta.Generation = "7", "u", 3
		meta.Finalizers = []string{"kubermatic.k8c.io/cleanup"}
		meta.OwnerReferences = []metav1.OwnerReference{{Name: "o"}}
		meta.ManagedFields = []metav1.ManagedFieldsEntry{{Manager: "m"}}
		meta.CreationTimestamp = metav1.Unix(1, 0)
	}
	return meta
}

func (g generator) labels() *metav1.LabelSelector {
	if g.coin() {
		return nil
	}
	selector := &metav1.LabelSelector{MatchLabels: g.texting()}
	for range g.Intn(2) {
		selector.MatchExpressions = append(selector.MatchExpressions,
			metav1.LabelSelectorRequirement{Key: g.text(), Operator: "In", Values: g.texts()})
	}
	return selector
}

func (g generator) selector() *kubermaticv1.ClusterSelector {
	if g.coin() {
		return nil
	}
	return &kubermaticv1.ClusterSelector{Providers: g.texts(), LabelSelector: g.labels()}
}

func (g generator) match() *kubermaticv1.Match {
	if g.coin() {
		return nil
	}
	match := &kubermaticv1.Match{
		Namespaces: g.texts(), ExcludedNamespaces: g.texts(), LabelSelector: g.labels(), NamespaceSelector: g.labels(),
		Scope: []string{"", "*", "Cluster", "Namespaced", "cluster"}[g.Intn(5)],
	}
	for range g.Intn(3) {
		match.Kinds = append(match.Kinds, kubermaticv1.MatchKinds{APIGroups: g.texts(), Kinds: g.texts()})
	}
	return match
}

// value is a value as JSON has it.
func (g generator) value(depth int) any {
	switch kind := g.Intn(8); {
	case kind == 0 && depth > 0:
		items := []any{}
		for range g.Intn(3) {
			items = append(items, g.value(depth-1))
		}
		return items
	case kind == 1 && depth > 0:
		fields := map[string]any{}
		for range g.Intn(3) {
			fields[g.text()] = g.value(depth - 1)
		}
		return fields
	case kind == 2:
		return []any{0, -1, 1.5, 1e21, 1e-9, int64(9007199254740993), 0.1}[g.Intn(7)]
	case kind == 3:
		return g.coin()
	case kind == 4 && depth < 2:
		return nil
	}
	return g.text()
}

func (g generator) parameters() map[string]apiextensionsv1.JSON {
	var all map[string]apiextensionsv1.JSON
	for i := range g.Intn(4) {
		if all == nil {
			all = map[string]apiextensionsv1.JSON{}
		}
		all[fmt.Sprintf("p%d", i)] = policy.JSON(g.value(2))
		for name, value := range all {
			if string(value.Raw) == "null" {
				all[name] = apiextensionsv1.JSON{} // how null is read
			}
		}
	}
	if g.Intn(3) == 0 {
		if all == nil {
			all = map[string]apiextensionsv1.JSON{}
		}
		inner := []string{
			`{}`, ` { "b" : 1.0, "a":[1e3,{"x":null}] } `, `{"rawJSON": "{}"}`, `{"big":12345678901234567890,"<":"&"}`,
			string(policy.JSON(map[string]any{"v": g.value(2), "w": g.value(2)}).Raw),
		}[g.Intn(5)]
		all["rawJSON"] = policy.JSON(inner)
	}
	return all
}

func (g generator) constraint() *kubermaticv1.Constraint {
	constraint := &kubermaticv1.Constraint{ObjectMeta: g.meta(), Spec: kubermaticv1.ConstraintSpec{
		ConstraintType: "K8sA", Disabled: g.coin(), Match: g.match(), Parameters: g.parameters(), Selector: g.selector(),
		EnforcementAction: []string{"", "deny", "warn", "dryrun", "denny"}[g.Intn(5)],
	}}
	constraint.Namespace = []string{"", "kubermatic", "cluster-abc"}[g.Intn(3)]
	return constraint
}

func (g generator) template() *kubermaticv1.ConstraintTemplate {
	template := &kubermaticv1.ConstraintTemplate{ObjectMeta: g.meta()}
	template.Spec.Selector = g.selector()
	template.Spec.CRD.Spec.Names = kubermaticv1.Names{Kind: "K8sA", ShortNames: g.texts()}
	if g.coin() {
		validation := &kubermaticv1.Validation{}
		if g.coin() {
			schema := policy.JSON(map[string]any{"type": "object", "properties": map[string]any{"a": g.value(2)}, "n": 3})
			validation.OpenAPIV3Schema = &schema
		}
		if legacy := g.coin(); g.coin() {
			validation.LegacySchema = &legacy
		}
		template.Spec.CRD.Spec.Validation = validation
	}
	for range g.Intn(3) {
		target := kubermaticv1.Target{Target: policy.TargetName, Rego: g.text(), Libs: g.texts()}
		for range g.Intn(3) {
			source := map[string]any{"rego": g.text(), "more": g.value(2)}
			target.Code = append(target.Code, kubermaticv1.Code{Engine: g.text(), Source: policy.JSON(source)})
		}
		template.Spec.Targets = append(template.Spec.Targets, target)
	}
	return template
}
