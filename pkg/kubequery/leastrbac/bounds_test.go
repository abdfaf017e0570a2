package leastrbac_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestManyWays wants a policy whose calls can be come to in more ways than
// anybody can count to be looked at all the same.
func TestManyWays(t *testing.T) {
	const depth = 40
	var policy strings.Builder
	policy.WriteString("package p\n\nx := [f0(\"pods\", \"a\"), f0(\"pods\", \"b\")]\n\n")
	for i := range depth {
		fmt.Fprintf(&policy, "f%d(r, ns) := [f%d(r, ns), f%d(r, ns)]\n\n", i, i+1, i+1)
	}
	fmt.Fprintf(&policy, "f%d(r, ns) := data.kubernetes.api.client.query_ns(r, ns)\n", depth)
	program := compile(t, "data.p.x", false, map[string]string{"p.rego": policy.String()})
	// Followed through so many functions, an argument may be anything.
	calls := slices.Compact(strings.Split(callsOf(program, false), "\n"))
	if diff := cmp.Diff([]string{"85 query_ns(?, , ?)"}, calls); diff != "" {
		t.Error(diff)
	}
}

// TestManyPicks wants the same of loops in loops.
func TestManyPicks(t *testing.T) {
	policy := "package p\n\nkinds := {" + strings.Repeat(`"pods", "nodes", `, 3) + "\"secrets\"}\n\nx contains 1 if {\n"
	for i := range 12 {
		policy += fmt.Sprintf("\tsome a%d in kinds\n", i)
	}
	policy += "\tdata.kubernetes.api.client.query_ns(a0, a11)\n}\n"
	program := compile(t, "data.p.x", false, map[string]string{"p.rego": policy})
	calls := strings.Split(callsOf(program, false), "\n")
	words := map[string]bool{}
	for _, call := range calls {
		words[call] = true
	}
	for _, kind := range []string{"pods", "nodes", "secrets"} {
		for _, namespace := range []string{"pods", "nodes", "secrets"} {
			found := false
			for call := range words {
				kinds, namespaces, _ := strings.Cut(strings.TrimPrefix(call, "18 query_ns("), ", , ")
				found = found || strings.Contains(kinds, kind) && strings.Contains(namespaces, namespace)
			}
			if !found {
				t.Errorf("%s in %s is missing: %q", kind, namespace, calls)
			}
		}
	}
}
