package projection

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/open-policy-agent/opa/v1/ast"
)

// String writes a Shape in one line: * is all of a value, . that it is there,
// [] each element.
func (s *Shape) String() string {
	switch {
	case s == nil:
		return "nothing"
	case s.Whole:
		return "*"
	}
	parts := []string{}
	for _, name := range slices.Sorted(maps.Keys(s.Fields)) {
		parts = append(parts, name+":"+s.Fields[name].String())
	}
	if s.Each != nil {
		parts = append(parts, "[]:"+s.Each.String())
	}
	if len(parts) == 0 {
		return "."
	}
	return "{" + strings.Join(parts, " ") + "}"
}

// calls compiles a policy and finds its calls.
func calls(t *testing.T, query, policy string) string {
	t.Helper()
	modules := map[string]*ast.Module{}
	for name, text := range map[string]string{
		"p": "package p\n\nimport data.client\n\n" + policy,
		"c": "package client\n\nlist(x) := input[x]\n\nget(x, y) := input[x][y]\n",
	} {
		modules[name] = ast.MustParseModuleWithOpts(text, ast.ParserOptions{RegoVersion: ast.RegoV1})
	}
	compiler := ast.NewCompiler().WithEnablePrintStatements(true)
	if compiler.Compile(modules); compiler.Failed() {
		t.Fatal(compiler.Errors)
	}
	queries := compiler.QueryCompiler().WithEnablePrintStatements(true)
	compiled, err := queries.Compile(ast.MustParseBodyWithOpts(query, ast.ParserOptions{RegoVersion: ast.RegoV1}))
	if err != nil {
		t.Fatal(err)
	}
	found, ok := Program{
		Compiler: compiler, Query: compiled, Variables: queries.RewrittenVars(),
		Source: func(function string) (string, bool) { return strings.CutPrefix(function, "data.client.") },
	}.Calls()
	if !ok {
		return "lost"
	}
	texts := []string{}
	for _, call := range found {
		first := "?"
		if call.First != nil {
			first = *call.First
		}
		texts = append(texts, fmt.Sprintf("%s(%s) %s", call.Name, first, call.Shape))
	}
	slices.Sort(texts)
	return strings.Join(texts, "\n")
}

func TestCalls(t *testing.T) {
	for name, tc := range map[string]struct{ policy, query, want string }{
		"nothing is called": {policy: `p := 1`, want: ""},
		"unreached":         {policy: "p := 1\n\nq := client.list(\"a\")", query: "data.p.p", want: ""},
		"result":            {policy: `p := client.list("a")`, want: "list(a) *"},
		"field of a result": {policy: `p := client.list("a").body.x`, want: "list(a) {body:{x:*}}"},
		"count":             {policy: `p := count(client.list("a").items)`, want: "list(a) {items:{[]:.}}"},
		"there":             {policy: "p if client.list(\"a\").items", want: "list(a) {items:.}"},
		"not there":         {policy: "p if not client.list(\"a\").items[0].x", want: "list(a) {items:{[]:{x:.}}}"},
		"called only":       {policy: "p if client.list(\"a\")", want: "list(a) ."},
		"computed word":     {policy: `p := client.list(input.x).y`, want: "list(?) {y:*}"},
		"two calls": {
			policy: "p contains client.list(\"a\").x\n\np contains client.get(\"b\", \"c\").y",
			want:   "get(b) {y:*}\nlist(a) {x:*}",
		},
		"images": {
			policy: "p contains c.image if {\n\tsome pod in client.list(\"a\").items\n\tsome c in pod.spec.containers\n}",
			want:   "list(a) {items:{[]:{spec:{containers:{[]:{image:*}}}}}}",
		},
		"comparison":         {policy: "p if {\n\tx := client.list(\"a\")\n\tx.a.b == x.c\n}", want: "list(a) {a:{b:*} c:*}"},
		"compared variables": {policy: "p if {\n\tx := client.list(\"a\").x\n\ty := client.list(\"b\").y\n\tx == y\n\tx.z == 1\n}", want: "list(a) {x:*}\nlist(b) {y:*}"},
		"unified variables":  {policy: "p if {\n\tx = client.list(\"a\").x\n\tx = client.list(\"b\").y\n\tx.z == 1\n}", want: "list(a) {x:*}\nlist(b) {y:*}"},
		"renamed":            {policy: "p := z if {\n\tx := client.list(\"a\")\n\ty := x.b\n\tz := y.c\n}", want: "list(a) {b:{c:*}}"},
		"computed field":     {policy: `p := client.list("a").labels[input.key].x`, want: "list(a) {labels:{[]:{x:*}}}"},
		"key and value":      {policy: "p contains [k, v] if some k, v in client.list(\"a\").x", want: "list(a) {x:{[]:*}}"},
		"keys":               {policy: "p contains k if some k, _ in client.list(\"a\").x", want: "list(a) {x:{[]:.}}"},
		"rule in between":    {policy: "all := client.list(\"a\").items\n\np := [x.name | some x in all]", query: "data.p.p", want: "list(a) {items:{[]:{name:*}}}"},
		"rule of two":        {policy: "all := client.list(\"a\").items if input.x\n\nall := client.list(\"b\").items if input.y\n\np := count(all)", query: "data.p.p", want: "list(a) {items:*}\nlist(b) {items:*}"},
		"rule with default":  {policy: "default all := []\n\nall := client.list(\"a\").items\n\np := count(all)", query: "data.p.p", want: "list(a) {items:{[]:.}}"},
		"rule with else":     {policy: "all := client.list(\"a\").items if {\n\tinput.x\n} else := client.list(\"b\").items\n\np := count(all)", query: "data.p.p", want: "list(a) {items:*}\nlist(b) {items:*}"},
		"rule of many":       {policy: "one := client.list(\"a\").items[_]\n\np := one.x", query: "data.p.p", want: "list(a) {items:{[]:*}}"},
		"rule of a set":      {policy: "all contains client.list(\"a\").items\n\np := count(all)", query: "data.p.p", want: "list(a) {items:*}"},
		"rule of an object":  {policy: "all[x] := client.list(\"a\").items if some x in [1]\n\np := count(all[1])", query: "data.p.p", want: "list(a) {items:*}"},
		"package":            {policy: "all := client.list(\"a\").items", query: "data.p", want: "list(a) {items:*}"},
		"computed rule":      {policy: "all := client.list(\"a\").items", query: "data.p[input.x].y", want: "list(a) {items:*}"},
		"function":           {policy: "f(x) := x.a.b\n\np := f(client.list(\"a\"))", query: "data.p.p", want: "list(a) {a:{b:*}}"},
		"function of two":    {policy: "f(x) := x.a if input.x\n\nf(x) := x.b\n\np := f(client.list(\"a\"))", query: "data.p.p", want: "list(a) {a:* b:*}"},
		"function's pattern": {policy: "f([x, y]) := x.a\n\np := f(client.list(\"a\"))", query: "data.p.p", want: "list(a) *"},
		"function compares":  {policy: "f(x) if x = input.y\n\np := f(client.list(\"a\"))", query: "data.p.p", want: "list(a) *"},
		"function's result":  {policy: "f(x) := client.list(x).items\n\np := count(f(\"a\"))", query: "data.p.p", want: "list(?) {items:{[]:.}}"},
		"array comprehension": {
			policy: "p := count([y | y := client.list(\"a\").items[_].x])", want: "list(a) {items:{[]:{x:.}}}",
		},
		"elements of a comprehension": {
			policy: "p contains z.n if {\n\tys := [y | y := client.list(\"a\").items[_]]\n\tsome z in ys\n}", want: "list(a) {items:{[]:{n:*}}}",
		},
		"set comprehension":    {policy: "p := count({y | y := client.list(\"a\").items[_].x})", want: "list(a) {items:{[]:{x:*}}}"},
		"object comprehension": {policy: "p := count({k: y | some k in [1]; y := client.list(\"a\").items[_].x})", want: "list(a) {items:{[]:{x:*}}}"},
		"in an array":          {policy: "p if {\n\tx := [client.list(\"a\").x, 1]\n\tx[1] == 1\n}", want: "list(a) {x:*}"},
		"every":                {policy: "p if every x in client.list(\"a\").items { x.y == 1 }", want: "list(a) {items:{[]:{y:*}}}"},
		"every key":            {policy: "p if every k, _ in client.list(\"a\").items { k < 3 }", want: "list(a) {items:{[]:.}}"},
		"object.get":           {policy: `p := object.get(client.list("a").x, "y", 1)`, want: "list(a) {x:{y:*}}"},
		"object.get of a path": {policy: `p := count(object.get(client.list("a"), ["x", "y"], []))`, want: "list(a) {x:{y:{[]:.}}}"},
		"object.get's default": {policy: `p := object.get(input, "y", client.list("a").x).z`, want: "list(a) {x:{z:*}}"},
		"object.get computed":  {policy: `p := object.get(client.list("a").x, input.path, 1).y`, want: "list(a) {x:*}"},
		"type":                 {policy: `p if is_object(client.list("a").x)`, want: "list(a) {x:.}"},
		"another builtin":      {policy: `p := json.marshal(client.list("a").x)`, want: "list(a) {x:*}"},
		"walk":                 {policy: "p contains x if walk(client.list(\"a\").x, [_, x])", want: "list(a) {x:*}"},
		"membership":           {policy: `p if 1 in client.list("a").x`, want: "list(a) {x:*}"},
		"printed":              {policy: "p if {\n\tprint(client.list(\"a\").x)\n}", want: "list(a) {x:*}"},
		"template":             {policy: "p := $\"{client.list(\"a\").x}\"", want: "list(a) {x:*}"},
		"as input":             {policy: "q := input.x\n\np if q with input as client.list(\"a\").x", query: "data.p.p", want: "list(a) {x:*}"},
		"function replaced":    {policy: "f(_) := 1\n\np if client.list(\"a\").x with data.client.list as f", query: "data.p.p", want: "lost"},
		"builtin replaced":     {policy: "f(_) := 1\n\np if client.list(\"a\").x with count as f", query: "data.p.p", want: "lost"},
		"by a value":           {policy: "p if client.list(\"a\").x with data.client.list as 1", want: "lost"},
		"query's value":        {query: `count(data.client.list("a").items)`, want: "list(a) {items:{[]:.}}"},
		"query's call":         {query: `data.client.list("a")`, want: "list(a) *"},
		"query's reference":    {query: `data.client.list("a").items[_].x`, want: "list(a) {items:{[]:{x:*}}}"},
		"query's variable":     {query: `x := data.client.list("a").x; x.y == 1`, want: "list(a) {x:*}"},
		"query's pattern":      {query: `[x, _] = data.client.list("a").x`, want: "list(a) {x:*}"},
		"query prints":         {query: `print(data.client.list("a").x)`, want: "list(a) {x:*}"},
		"query's condition":    {query: `data.client.list("a").x == 1`, want: "list(a) {x:*}"},
	} {
		t.Run(name, func(t *testing.T) {
			query := tc.query
			if query == "" {
				query = "data.p.p"
			}
			policy := tc.policy
			if policy == "" {
				policy = "p := 1"
			}
			if diff := cmp.Diff(tc.want, calls(t, query, policy)); diff != "" {
				t.Error(diff)
			}
		})
	}
}
