package leastrbac_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery"
	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery/leastrbac"
)

// compile compiles policies, which are all in the folder p.
func compile(t *testing.T, expr string, v0 bool, policies map[string]string) kubequery.Program {
	t.Helper()
	files := fstest.MapFS{}
	for name, text := range policies {
		files["p/"+name] = &fstest.MapFile{Data: []byte(text)}
	}
	o := kubequery.Options{Expr: expr, FS: files, V0Compatible: v0}
	if expr == "" {
		o.Expr = "true"
	}
	if len(files) > 0 {
		o.Paths = []string{"p"}
	}
	program, err := kubequery.Compile(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return program
}

// write writes words: ? where they are not known.
func write(w leastrbac.Words) string {
	if !w.Known {
		return "?"
	}
	return strings.Join(w.Words, "|")
}

// callsOf writes the calls of a program, one a line: LINE function(resource,
// name, namespace).
func callsOf(program kubequery.Program, whole bool) string {
	texts := []string{}
	for _, call := range leastrbac.Calls(program, whole) {
		texts = append(texts, fmt.Sprintf("%d %s(%s, %s, %s)", call.At.Line, call.Function, write(call.Resource), write(call.Name), write(call.Namespace)))
	}
	return strings.Join(texts, "\n")
}

func TestCalls(t *testing.T) {
	const header = "package p\n\nimport data.kubernetes.api.client\n\n"
	for name, tc := range map[string]struct{ policy, want string }{
		"none":                {`x := 1`, ""},
		"all":                 {`x := client.query_all("pods")`, `5 query_all(pods, , )`},
		"one":                 {`x := client.query_name_ns("pods", "a", "b")`, `5 query_name_ns(pods, a, b)`},
		"one without":         {`x := client.query_name("nodes", "a")`, `5 query_name(nodes, a, )`},
		"of a namespace":      {`x := client.query_ns("pods", "b")`, `5 query_ns(pods, , b)`},
		"by labels":           {`x := client.query_label_selector("pods", {"a": "b"})`, `5 query_label_selector(pods, , )`},
		"by labels in":        {`x := client.query_label_selector_ns("pods", {"a": "b"}, "c")`, `5 query_label_selector_ns(pods, , c)`},
		"by fields":           {`x := client.query_field_selector_ns("pods", {"a": "b"}, "c")`, `5 query_field_selector_ns(pods, , c)`},
		"the builtin":         {`x := kubectl_opa.query_ns("pods", "b")`, `5 query_ns(pods, , b)`},
		"by its whole name":   {`x := data.kubernetes.api.client.query_all("pods")`, `5 query_all(pods, , )`},
		"by index":            {`x := data.kubernetes.api["client"]["query_all"]("pods")`, `5 query_all(pods, , )`},
		"from input":          {`x := client.query_name_ns(input.a, input.b, input.c)`, `5 query_name_ns(?, ?, ?)`},
		"in part from input":  {`x := client.query_name_ns("pods", input.b, "c")`, `5 query_name_ns(pods, ?, c)`},
		"no string":           {`x := client.query_ns(7, null)`, `5 query_ns(, , )`},
		"a collection":        {`x := client.query_ns(["pods"], {"a"})`, `5 query_ns(, , )`},
		"from data":           {`x := client.query_all(data.settings.kind)`, `5 query_all(?, , )`},
		"computed":            {`x := client.query_all(sprintf("po%s", ["ds"]))`, `5 query_all(?, , )`},
		"in a condition":      {`x if client.query_all("pods").status_code == 200`, `5 query_all(pods, , )`},
		"negated":             {`x if not client.query_all("pods").items`, `5 query_all(pods, , )`},
		"in a body":           {"x if {\n\tpods := client.query_all(\"pods\").items\n\tcount(pods) > 0\n}", `6 query_all(pods, , )`},
		"in an argument":      {`x := count(client.query_all("pods").items)`, `5 query_all(pods, , )`},
		"in a reference":      {`x := client.query_all("pods").items[_].metadata.name`, `5 query_all(pods, , )`},
		"in another call":     {`x := client.query_name_ns("secrets", client.query_name_ns("pods", "a", "b").secret, "b")`, "5 query_name_ns(secrets, ?, b)\n5 query_name_ns(pods, a, b)"},
		"in an array":         {`x := [1, {"a": client.query_all("pods")}]`, `5 query_all(pods, , )`},
		"in a set's element":  {`x contains client.query_all("pods").items[_]`, `5 query_all(pods, , )`},
		"in a key and value":  {`x[client.query_all("pods").status] := client.query_all("nodes")`, "5 query_all(pods, , )\n5 query_all(nodes, , )"},
		"in a reference's":    {`x.y[client.query_all("pods").status].z := 1`, "5 query_all(pods, , )"},
		"in an else":          {"x := 1 if {\n\tinput.a\n} else := client.query_all(\"pods\")", `7 query_all(pods, , )`},
		"in an else's body":   {"x := 1 if {\n\tinput.a\n} else := 2 if {\n\tclient.query_all(\"pods\").items\n}", `8 query_all(pods, , )`},
		"in a comprehension":  {`x := [i | some i in client.query_all("pods").items]`, `5 query_all(pods, , )`},
		"in its head":         {`x := {client.query_all(k) | some k in ["pods"]}`, `5 query_all(pods, , )`},
		"in an object's":      {`x := {k: client.query_all(k).items | some k in ["pods", "nodes"]}`, `5 query_all(nodes|pods, , )`},
		"in an every":         {"x if every p in client.query_all(\"pods\").items { p }", `5 query_all(pods, , )`},
		"in an every's body":  {"x if every k in [\"pods\", \"nodes\"] { client.query_all(k).items }", `5 query_all(nodes|pods, , )`},
		"every's key":         {"x if every k, _ in {\"pods\": 1} { client.query_all(k).items }", `5 query_all(pods, , )`},
		"in a template":       {`x := $"{client.query_all("pods").items}"`, `5 query_all(pods, , )`},
		"printed":             {"x if print(client.query_all(\"pods\"))", `5 query_all(pods, , )`},
		"in a default's way":  {"default x := 1\n\nx := client.query_all(\"pods\") if input.a", `7 query_all(pods, , )`},
		"output as argument":  {"x := y if client.query_all(\"pods\", y)", `5 query_all(pods, , )`},
		"a variable":          {"x if {\n\tr := \"pods\"\n\tclient.query_all(r).items\n}", `7 query_all(pods, , )`},
		"unified":             {"x if {\n\t\"pods\" = r\n\tclient.query_all(r).items\n}", `7 query_all(pods, , )`},
		"two variables":       {"x if {\n\tr := \"pods\"\n\ts := r\n\tclient.query_all(s).items\n}", `8 query_all(pods, , )`},
		"in an array's place": {"x if {\n\t[_, r] := [\"pods\", \"nodes\"]\n\tclient.query_all(r).items\n}", `7 query_all(nodes, , )`},
		"in an object's place": {
			"x if {\n\t{\"a\": r, \"b\": _} = {\"a\": \"pods\", \"b\": \"nodes\"}\n\tclient.query_all(r).items\n}", `7 query_all(pods, , )`,
		},
		"some in":                  {"x contains r if {\n\tsome r in [\"pods\", \"nodes\"]\n\tclient.query_all(r).items\n}", `7 query_all(nodes|pods, , )`},
		"some in a set":            {"x contains r if {\n\tsome r in {\"pods\", \"nodes\"}\n\tclient.query_all(r).items\n}", `7 query_all(nodes|pods, , )`},
		"some key in":              {"x contains r if {\n\tsome r, _ in {\"pods\": 1, \"nodes\": 2}\n\tclient.query_all(r).items\n}", `7 query_all(nodes|pods, , )`},
		"some value in":            {"x contains r if {\n\tsome _, r in {\"a\": \"pods\", \"b\": \"nodes\"}\n\tclient.query_all(r).items\n}", `7 query_all(nodes|pods, , )`},
		"some pairs":               {"x contains r if {\n\tsome [r, ns] in [[\"pods\", \"a\"], [\"secrets\", \"b\"]]\n\tclient.query_ns(r, ns).items\n}", "7 query_ns(pods, , a)\n7 query_ns(secrets, , b)"},
		"some pairs of a set":      {"x contains r if {\n\tsome [r, ns] in pairs\n\tclient.query_ns(r, ns).items\n}\n\npairs contains [\"pods\", \"a\"]\n\npairs contains [\"secrets\", \"b\"]", "7 query_ns(pods, , a)\n7 query_ns(secrets, , b)"},
		"some keys":                {"x contains r if {\n\tsome r, ns in {\"pods\": \"a\", \"secrets\": \"b\", \"nodes\": input.c}\n\tclient.query_ns(r, ns).items\n}", "7 query_ns(nodes, , ?)\n7 query_ns(pods, , a)\n7 query_ns(secrets, , b)"},
		"some pairs by a function": {"x contains r if {\n\tsome r, ns in {\"pods\": \"a\", \"secrets\": \"b\"}\n\tf(r, ns)\n}\n\nf(r, ns) := client.query_ns(r, ns).items", "10 query_ns(pods, , a)\n10 query_ns(secrets, , b)"},
		"some places of each":      {"x contains r if {\n\tsome r, places in {\"pods\": [\"a\", \"b\"], \"secrets\": [\"c\"]}\n\tsome ns in places\n\tclient.query_ns(r, ns).items\n}", "8 query_ns(pods, , a)\n8 query_ns(pods, , b)\n8 query_ns(secrets, , c)"},
		"two loops":                {"x contains r if {\n\tsome r in [\"pods\", \"nodes\"]\n\tsome ns in {\"a\", \"b\"}\n\tclient.query_ns(r, ns).items\n}", "8 query_ns(nodes, , a)\n8 query_ns(nodes, , b)\n8 query_ns(pods, , a)\n8 query_ns(pods, , b)"},
		"a loop elsewhere":         {"x contains i if {\n\tsome i in [\"pods\", \"nodes\"]\n\tf(i)\n}\n\nf(i) := client.query_ns(i, g(1))\n\ng(_) := i if {\n\tsome i in [\"a\", \"b\"]\n}", "10 query_ns(nodes, , a|b)\n10 query_ns(pods, , a|b)"},
		"some objects":             {"x contains q if {\n\tsome q in [{\"r\": \"pods\", \"ns\": \"a\"}]\n\tclient.query_ns(q.r, q.ns).items\n}", `7 query_ns(pods, , a)`},
		"member":                   {"x if {\n\tr := input.r\n\tr in {\"pods\", \"nodes\"}\n\tclient.query_all(r).items\n}", `8 query_all(nodes|pods, , )`},
		"member and key":           {"x if {\n\tr := input.r\n\tr, 1 in {\"pods\": 1}\n\tclient.query_all(r).items\n}", `8 query_all(pods, , )`},
		"member too late":          {"x if {\n\tr := input.r\n\tclient.query_all(r).items\n\tr in {\"pods\", \"nodes\"}\n}", `7 query_all(?, , )`},
		"no member":                {"x if {\n\tr := input.r\n\tnot r in {\"pods\", \"nodes\"}\n\tclient.query_all(r).items\n}", `8 query_all(?, , )`},
		"member or not":            {"x if {\n\tr := input.r\n\ty := r in {\"pods\", \"nodes\"}\n\tclient.query_all(r).items\n\ty\n}", `8 query_all(?, , )`},
		"equal too late":           {"x if {\n\tr := input.r\n\tclient.query_all(r).items\n\tr = \"pods\"\n}", `7 query_all(?, , )`},
		"equal elsewhere":          {"x if {\n\tr := input.r\n\ty := [1 | r = \"pods\"]\n\tclient.query_all(r).items\n\tcount(y) == 0\n}", `8 query_all(?, , )`},
		"not equal":                {"x if {\n\tr := input.r\n\tnot r = \"pods\"\n\tclient.query_all(r).items\n}", `8 query_all(?, , )`},
		"closest of two":           {"x if {\n\tsome r in [\"pods\", \"nodes\"]\n\tr in {\"nodes\"}\n\tclient.query_all(r).items\n}", `8 query_all(nodes, , )`},
		"a set's element":          {"x if {\n\tr := input.r\n\tallowed[r]\n\tclient.query_all(r).items\n}\n\nallowed := {\"pods\", \"nodes\"}", `8 query_all(nodes|pods, , )`},
		"an object's key":          {"x if {\n\tr := input.r\n\tallowed[r]\n\tclient.query_all(r).items\n}\n\nallowed := {\"pods\": 1}", `8 query_all(pods, , )`},
		"an object's word":         {"x := client.query_all(words[input.a])\n\nwords := {\"a\": \"pods\", \"b\": \"nodes\"}", `5 query_all(nodes|pods, , )`},
		"of a field":               {"x := client.query_all(words.b)\n\nwords := {\"a\": \"pods\", \"b\": \"nodes\"}", `5 query_all(nodes, , )`},
		"of a number":              {"x := client.query_all(words[1])\n\nwords := [\"pods\", \"nodes\"]", `5 query_all(nodes, , )`},
		"of no field":              {"x := client.query_all(words.c)\n\nwords := {\"a\": \"pods\", input.b: \"nodes\"}", `5 query_all(nodes, , )`},
		"in text":                  {"x := client.query_all(words[input.c])\n\nwords := \"pods\" if input.a\n\nwords := {\"a\": \"nodes\"} if input.b", `5 query_all(nodes, , )`},
		"index of an array": {
			"x contains i if {\n\tsome i\n\tkinds[i]\n\tclient.query_all(i).items\n}\n\nkinds := [\"pods\"]", `8 query_all(, , )`,
		},
		"kinds[_]":             {"x := [client.query_all(kinds[_])]\n\nkinds := {\"pods\", \"services\"}", `5 query_all(pods|services, , )`},
		"a rule":               {"x := client.query_all(kind)\n\nkind := \"pods\"", `5 query_all(pods, , )`},
		"a rule of two":        {"x := client.query_all(kind)\n\nkind := \"pods\" if input.a\n\nkind := \"nodes\" if input.b", `5 query_all(nodes|pods, , )`},
		"a rule with default":  {"x := client.query_all(kind)\n\ndefault kind := \"pods\"\n\nkind := \"nodes\" if input.b", `5 query_all(nodes|pods, , )`},
		"a rule with else":     {"x := client.query_all(kind)\n\nkind := \"pods\" if {\n\tinput.a\n} else := \"nodes\"", `5 query_all(nodes|pods, , )`},
		"a rule with input":    {"x := client.query_all(kind)\n\ndefault kind := \"pods\"\n\nkind := input.kind", `5 query_all(?, , )`},
		"a rule with a body":   {"x := client.query_all(kind)\n\nkind := k if {\n\tk := input.kind\n\tk in {\"pods\"}\n}", `5 query_all(pods, , )`},
		"a rule's set":         {"x contains r if {\n\tsome r in kinds\n\tclient.query_all(r).items\n}\n\nkinds contains \"pods\"\n\nkinds contains \"nodes\" if input.a", `7 query_all(nodes|pods, , )`},
		"a rule's object":      {"x contains r if {\n\tsome r, ns in kinds\n\tclient.query_ns(r, ns).items\n}\n\nkinds[k] := \"a\" if some k in [\"pods\", \"nodes\"]", `7 query_ns(nodes|pods, , a)`},
		"a rule's key":         {"x := client.query_all(r[\"pods\"])\n\nr[k] := k if some k in [\"pods\", \"nodes\"]", `5 query_all(nodes|pods, , )`},
		"a rule's fields":      {"x := client.query_all(r.a)\n\nr.a := \"pods\"\n\nr.b := \"nodes\"", `5 query_all(pods, , )`},
		"fields and keys":      {"x := client.query_all(r.b)\n\nr[k] := \"pods\" if some k in [\"a\"]\n\nr.b := \"nodes\"", `5 query_all(?, , )`},
		"any of its fields":    {"x := client.query_all(r[input.x])\n\nr.a := \"pods\"\n\nr.b := \"nodes\"", `5 query_all(?, , )`},
		"a deeper rule":        {"x := client.query_all(r.a.b.c)\n\nr.a[k].c := \"pods\" if some k in [\"b\"]", `5 query_all(pods, , )`},
		"a rule's sets":        {"x := [y | y := client.query_all(r.a[_])]\n\nr[k] contains \"pods\" if some k in [\"a\"]", `5 query_all(pods, , )`},
		"a comprehension":      {"x := [y | y := client.query_all(kinds[_])]\n\nkinds := {k | some k in [\"pods\", input.a, \"nodes\"]; k in {\"pods\", \"nodes\"}}", `5 query_all(nodes|pods, , )`},
		"an array of them":     {"x := [y | y := client.query_all(kinds[_])]\n\nkinds := [k | some k in [\"pods\", \"nodes\"]]", `5 query_all(nodes|pods, , )`},
		"an object of them":    {"x := [y | some k, v in kinds; y := client.query_ns(k, v)]\n\nkinds := {k: \"a\" | some k in [\"pods\", \"nodes\"]}", `5 query_ns(nodes|pods, , a)`},
		"sets together":        {"x := [y | y := client.query_all((({\"a\", \"b\"} | {\"c\"}) - {\"d\"})[_])]", `5 query_all(a|b|c, , )`},
		"arrays together":      {"x := [y | some k in array.concat([\"a\"], [\"b\"]); y := client.query_all(k)]", `5 query_all(a|b, , )`},
		"a function":           {"x := [f(\"pods\"), f(\"nodes\")]\n\nf(r) := client.query_all(r)", "7 query_all(pods, , )\n7 query_all(nodes, , )"},
		"a function twice":     {"x := [f(\"pods\", \"a\"), f(\"secrets\", \"b\")]\n\nf(r, ns) := g(ns, r)\n\ng(ns, r) := client.query_ns(r, ns)", "9 query_ns(pods, , a)\n9 query_ns(secrets, , b)"},
		"a function of itself": {"x := f(f(\"pods\"))\n\nf(r) := r if client.query_all(r).items", "7 query_all(?, , )\n7 query_all(pods, , )"},
		"a function of two":    {"x := f(\"pods\", \"a\")\n\nf(r, ns) := client.query_ns(r, ns).items", `7 query_ns(pods, , a)`},
		"a function in one":    {"x := f(\"pods\")\n\nf(r) := g([r])\n\ng([r]) := client.query_all(r)", `9 query_all(pods, , )`},
		"a function's else":    {"x := f(\"pods\")\n\nf(r) := 1 if {\n\tr == \"nodes\"\n} else := client.query_all(r)", `9 query_all(pods, , )`},
		"one call unknown":     {"x := [f(\"pods\"), f(input.a)]\n\nf(r) := client.query_all(r)", "7 query_all(pods, , )\n7 query_all(?, , )"},
		"never called":         {"f(r) := client.query_ns(r, \"a\")", `5 query_ns(?, , a)`},
		"called by that":       {"f(r) := g(r, \"a\")\n\ng(r, ns) := client.query_ns(r, ns)", `7 query_ns(?, , a)`},
		"a result":             {"x := client.query_all(f(input.a))\n\nf(\"a\") := \"pods\"\n\nf(\"b\") := \"nodes\"", `5 query_all(nodes|pods, , )`},
		"the same back":        {"x := client.query_all(f(\"pods\"))\n\nf(a) := a", `5 query_all(pods, , )`},
		"variables in a ring":  {"x if {\n\ta = b\n\tb = \"pods\"\n\tc = a\n\ta = c\n\tclient.query_all(c).items\n}", `10 query_all(pods, , )`},
		"with an input":        {"x if y with input as {\"a\": \"pods\"}\n\ny := client.query_all(input.a)", `7 query_all(?, , )`},
		"with other data":      {"x if y with data.p.kind as input.a\n\ny := client.query_all(kind)\n\nkind := \"pods\"", `7 query_all(?, , )`},
		"with data above":      {"x if y with data.p.kinds as {\"a\": input.a}\n\ny := client.query_all(kinds.a)\n\nkinds := {\"a\": \"pods\"}", `7 query_all(?, , )`},
		"with data aside":      {"x if y with data.p.b as input.a\n\ny := client.query_all(kind)\n\nkind := \"pods\"", `7 query_all(pods, , )`},
		"with the call":        {"x := y if y := client.query_all(kind) with input as 1\n\nkind := \"pods\"", `5 query_all(pods, , )`},
		"mocked by a value":    {"x if y with client.query_all as 1\n\ny := client.query_all(\"pods\")", `7 query_all(pods, , )`},
		"mocked by another":    {"x if y with client.query_all as f\n\ny := client.query_all(\"pods\")\n\nf(r) := client.query_ns(r, \"a\")", "7 query_all(pods, , )\n9 query_ns(?, , a)"},
		"taking another's place": {
			"x if y with f as client.query_all\n\ny := f(\"pods\")\n\nf(r) := r", "5 query_all(?, , )",
		},
		"taking a builtin's place": {
			"x if y with count as client.query_all\n\ny := count(\"pods\")", "5 query_all(?, , )",
		},
		"the builtin in a place": {
			"x if y with count as kubectl_opa.query_all\n\ny := count(\"pods\")", "5 query_all(?, , )",
		},
		"a function replaced": {"x if y with f as g\n\ny := client.query_all(f(1))\n\nf(_) := \"pods\"\n\ng(_) := input.a", `7 query_all(?, , )`},
		"an argument of one":  {"x if y with f as g\n\ny := f(\"pods\")\n\nf(_) := 1\n\ng(r) := client.query_all(r)", `11 query_all(?, , )`},
		"a builtin replaced":  {"x if y with array.concat as g\n\ny := client.query_all(array.concat([\"a\"], [\"b\"])[_])\n\ng(_, _) := input.a", `7 query_all(?, , )`},
		"an indexed comprehension": {
			"x contains c if {\n\tsome i in [\"a\"]\n\tc := [y | kind := kinds[i]; y := client.query_all(kind)]\n}\n\nkinds := {\"a\": \"pods\", \"b\": \"nodes\"}",
			`7 query_all(nodes|pods, , )`,
		},
		"an index of all keys": {
			"x contains c if {\n\tsome i in [\"a\"]\n\tc := [y | some j in kinds; j == i; y := client.query_all(i)]\n}\n\nkinds := {\"a\", \"b\"}", `7 query_all(a|b, , )`,
		},
		"a loop in another call": {
			"x if {\n\ta := f(\"nodes\")\n\tf(a)\n}\n\nf(r) := k if {\n\tsome k, v in {\"pods\": \"a\", \"secrets\": \"b\"}\n\tclient.query_ns(r, v)\n}",
			"12 query_ns(nodes, , a|b)\n12 query_ns(pods|secrets, , a)\n12 query_ns(pods|secrets, , b)",
		},
		"another call's argument": {
			"x if {\n\ta := f(\"secrets\", \"pods\")\n\tf(a, \"nodes\")\n}\n\nf(r, s) := s if client.query_all(r).items", "10 query_all(secrets, , )\n10 query_all(nodes|pods, , )",
		},
		"a word in it": {
			"x contains c if {\n\tsome i in [\"pods\"]\n\tc := [y | some i in input.kinds; y := client.query_all(i)]\n}", `7 query_all(?, , )`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			program := compile(t, "", false, map[string]string{"p.rego": header + tc.policy + "\n"})
			if diff := cmp.Diff(tc.want, callsOf(program, true)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestCallsOf shows which policies count, and how they can be written.
func TestCallsOf(t *testing.T) {
	const (
		policy = "package a\n\nimport data.kubernetes.api.client as c\n\nx := c.query_all(\"pods\")\n\ny := c.query_all(\"nodes\")\n\nz := c.query_all(input.z)\n"
		tests  = "package a_test\n\nimport data.kubernetes.api.client\nimport data.lib\n\ntest_a if {\n\tclient.query_all(\"secrets\")\n\tlib.f(1)\n}\n"
	)
	for name, tc := range map[string]struct {
		expr     string
		v0       bool
		policies map[string]string
		want     string
	}{
		"all rules": {policies: map[string]string{"a.rego": policy}, want: "5 query_all(pods, , )\n7 query_all(nodes, , )\n9 query_all(?, , )"},
		"one rule":  {expr: "data.a.y", policies: map[string]string{"a.rego": policy}, want: "7 query_all(nodes, , )"},
		"two rules": {expr: "data.a.x; data.a.y.items", policies: map[string]string{"a.rego": policy}, want: "5 query_all(pods, , )\n7 query_all(nodes, , )"},
		"a package": {expr: "data.a", policies: map[string]string{"a.rego": policy}, want: "5 query_all(pods, , )\n7 query_all(nodes, , )\n9 query_all(?, , )"},
		"all data":  {expr: "data", policies: map[string]string{"a.rego": policy}, want: "5 query_all(pods, , )\n7 query_all(nodes, , )\n9 query_all(?, , )"},
		"any rule":  {expr: "data.a[input.rule]", policies: map[string]string{"a.rego": policy}, want: "5 query_all(pods, , )\n7 query_all(nodes, , )\n9 query_all(?, , )"},
		"the expression alone": {
			expr: `some k in ["pods", "nodes"]; data.kubernetes.api.client.query_all(k)`, want: "1 query_all(nodes|pods, , )",
		},
		"a function by the expression": {
			expr: `data.a.f("pods")`, policies: map[string]string{"a.rego": "package a\n\nf(r) := data.kubernetes.api.client.query_all(r)\n"}, want: "3 query_all(pods, , )",
		},
		"tests":         {policies: map[string]string{"a.rego": "package lib\n\nf(_) := 1\n", "a_test.rego": tests}, want: ""},
		"tests by name": {policies: map[string]string{"a.rego": "package lib\n\nf(_) := 1\n", "tests.rego": tests}, want: ""},
		"tests inside": {
			policies: map[string]string{"a.rego": "package a\n\nimport data.kubernetes.api.client\n\ntest_x if client.query_all(\"pods\")\n\ntodo_test_x if client.query_all(\"pods\")\n"}, want: "",
		},
		"what a test calls": {
			policies: map[string]string{
				"a.rego": "package lib\n\nimport data.kubernetes.api.client\n\nf(r) := client.query_ns(r, \"a\")\n", "a_test.rego": tests,
			}, want: "5 query_ns(?, , a)",
		},
		"two files": {
			policies: map[string]string{
				"a.rego": "package a\n\nx := data.b.f(\"pods\")\n", "b.rego": "package b\n\nimport data.kubernetes.api.client\n\n\nf(r) := client.query_all(r)\n",
			}, want: "6 query_all(pods, , )",
		},
		"before version 1": {
			v0: true, policies: map[string]string{
				"a.rego": "package a\n\nimport data.kubernetes.api.client\n\nkinds[\"pods\"]\n\nkinds[k] { k := \"nodes\" }\n\nx[y] { k := kinds[_]; y := client.query_all(k) }\n",
			}, want: "9 query_all(nodes|pods, , )",
		},
		"keys before version 1": {
			v0: true, policies: map[string]string{
				"a.rego": "package a\n\nimport data.kubernetes.api.client\n\nkinds[k] = \"a\" { k := [\"pods\"][_] }\n\nx[y] { ns := kinds[k]; client.query_ns(k, ns, y) }\n",
			}, want: "7 query_ns(pods, , a)",
		},
	} {
		t.Run(name, func(t *testing.T) {
			program := compile(t, tc.expr, tc.v0, tc.policies)
			if diff := cmp.Diff(tc.want, callsOf(program, tc.expr == "")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestNoDynamicCall shows that Rego has no calls whose function is computed:
// nothing of the kind has to be found.
func TestNoDynamicCall(t *testing.T) {
	for _, text := range []string{
		"package p\n\nx := data.kubernetes.api.client[input.f](\"pods\")\n",
		"package p\n\nx := y if {\n\tsome f\n\ty := data.kubernetes.api.client[f](\"pods\")\n}\n",
		"package p\n\nx := f(\"pods\") if f := data.kubernetes.api.client.query_all\n",
	} {
		o := kubequery.Options{Expr: "true", Paths: []string{"p"}, FS: fstest.MapFS{"p/p.rego": {Data: []byte(text)}}}
		if _, err := kubequery.Compile(t.Context(), o); err == nil {
			t.Errorf("this compiles:\n%s", text)
		}
	}
}
