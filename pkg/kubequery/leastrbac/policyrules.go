package leastrbac

import (
	"cmp"
	"maps"
	"slices"

	rbacv1 "k8s.io/api/rbac/v1"
)

// kindOf is a resource as RBAC knows it.
type kindOf struct{ group, resource string }

// policyRules are the rules of one place as RBAC writes them: what has the same
// group, verbs and names is one rule. None of that grants more, since a rule
// grants the product of its lists, and they differ in the resources only.
func (r Rules) policyRules() []rbacv1.PolicyRule {
	anything, named := map[kindOf][]string{}, map[kindOf][]string{}
	for _, rule := range r {
		kind := kindOf{rule.Resource.Group, rule.Resource.Name}
		if rule.Name == "" {
			anything[kind] = append(anything[kind], rule.Verb)
		} else {
			named[kind] = append(named[kind], rule.Name)
		}
	}
	rules := []rbacv1.PolicyRule{}
	for _, kind := range sortedKinds(anything) {
		rules = merged(rules, policyRule(kind, anything[kind], nil))
	}
	for _, kind := range sortedKinds(named) { // only a Get has a name
		rules = merged(rules, policyRule(kind, []string{Get}, named[kind]))
	}
	slices.SortFunc(rules, comparePolicyRules)
	return rules
}

func policyRule(kind kindOf, verbs, names []string) rbacv1.PolicyRule {
	return rbacv1.PolicyRule{
		APIGroups: []string{kind.group}, Resources: []string{kind.resource}, Verbs: sortedOnce(verbs), ResourceNames: sortedOnce(names),
	}
}

// merged adds a rule of one resource, to one that differs in nothing else if
// there is one.
func merged(rules []rbacv1.PolicyRule, rule rbacv1.PolicyRule) []rbacv1.PolicyRule {
	for i, other := range rules {
		if slices.Equal(other.APIGroups, rule.APIGroups) && slices.Equal(other.Verbs, rule.Verbs) && slices.Equal(other.ResourceNames, rule.ResourceNames) {
			rules[i].Resources = append(rules[i].Resources, rule.Resources...)
			return rules
		}
	}
	return append(rules, rule)
}

func sortedKinds(of map[kindOf][]string) []kindOf {
	return slices.SortedFunc(maps.Keys(of), func(a, b kindOf) int {
		return cmp.Or(cmp.Compare(a.group, b.group), cmp.Compare(a.resource, b.resource))
	})
}

func sortedOnce(texts []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(texts)))
}

func comparePolicyRules(a, b rbacv1.PolicyRule) int {
	return cmp.Or(
		slices.Compare(a.APIGroups, b.APIGroups), slices.Compare(a.Resources, b.Resources),
		slices.Compare(a.ResourceNames, b.ResourceNames), slices.Compare(a.Verbs, b.Verbs),
	)
}
