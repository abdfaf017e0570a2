package leastrbac_test

import (
	"fmt"
	"strings"
)

// randomPolicy writes a policy of which most ways that lead words to calls can
// come about. It is the same for the same choices; choose(n) is 0 to n-1.
func randomPolicy(choose func(int) int) string {
	w := &writer{choose: choose}
	w.line("package p\n\nimport data.kubernetes.api.client\n")
	w.constants()
	for i := range 1 + choose(3) {
		w.function(i)
	}
	for i := range 1 + choose(3) {
		w.rule(i)
	}
	return w.text.String()
}

type writer struct {
	choose func(int) int
	text   strings.Builder
	// functions is how many can be called, variables are those that are bound.
	functions int
	variables []string
	next      int
}

var (
	someWords  = []string{"pods", "services", "secrets", "configmaps", "deployments", "nodes"}
	somePlaces = []string{"a", "b", "shop", ""}
)

func (w *writer) line(format string, args ...any) { fmt.Fprintf(&w.text, format+"\n", args...) }

func (w *writer) pick(from []string) string { return from[w.choose(len(from))] }

// word is a constant, or for some places one from input.
func (w *writer) word() string {
	if w.choose(8) == 0 {
		return w.pick([]string{"input.one", "input.words[0]", "data.p.one", "two"})
	}
	return fmt.Sprintf("%q", w.pick(someWords))
}

// constants are rules with one or several values.
func (w *writer) constants() {
	w.line("default one := %s\n", fmt.Sprintf("%q", w.pick(someWords)))
	w.line("one := %q if input.first\n", w.pick(someWords))
	w.line("two := %s\n", w.pick([]string{`"pods"`, "input.one", `concat("", ["po", "ds"])`}))
	w.line("kinds := {%q, %s}\n", w.pick(someWords), w.word())
	w.line("more contains %q\n\nmore contains k if {\n\tsome k in [%q, %q]\n}\n", w.pick(someWords), w.pick(someWords), w.pick(someWords))
	w.line("table := {%q: %q, %s: %q}\n", w.pick(somePlaces), w.pick(someWords), `"x"`, w.pick(someWords))
	w.line("pairs := [[%s, %q], [%q, %q]]\n", w.word(), w.pick(somePlaces), w.pick(someWords), w.pick(somePlaces))
	w.line("fields[k] := v if {\n\tsome k, v in table\n}\n")
	w.line("same(x) := x\n\nto(\"a\") := %q\n\nto(\"b\") := %q if {\n\tinput.first\n} else := %q\n", w.pick(someWords), w.pick(someWords), w.pick(someWords))
}

func (w *writer) function(i int) {
	w.variables = []string{"r", "s"}
	w.line("f%d(r, s) := 1 if {", i)
	w.body()
	w.line("}\n")
	w.functions = i + 1
}

func (w *writer) rule(i int) {
	w.variables = nil
	w.line("r%d contains %d if {", i, i)
	w.body()
	w.line("}\n")
	if w.choose(3) == 0 {
		w.line("e%d := 1 if {\n\tinput.no\n} else := 2 if {", i)
		w.variables = nil
		w.body()
		w.line("}\n")
	}
	if w.choose(3) == 0 {
		with := w.pick([]string{
			`input as {"one": "nodes", "words": ["secrets"]}`, `data.p.one as "secrets"`, `data.p.table as {"a": input.one}`,
			"same as to", "to as same", "client.query_ns as f0", "client.query_all as same", "same as client.query_all",
		})
		w.line("w%d if {\n\tcount(r%d) > 0 with %s\n}\n", i, i, with)
	}
}

// known is a variable that is bound, or a constant.
func (w *writer) known() string {
	if len(w.variables) == 0 || w.choose(6) == 0 {
		return w.word()
	}
	return w.pick(w.variables)
}

// fresh is a variable that is not bound yet.
func (w *writer) fresh() string {
	w.next++
	return fmt.Sprintf("v%d", w.next)
}

func (w *writer) body() {
	for range 2 + w.choose(7) {
		w.statement()
	}
	w.call("\t%s")
}

// statement writes one expression; those that may fail end the body there.
func (w *writer) statement() {
	a, b := w.fresh(), w.fresh()
	bind := func(format string, args ...any) {
		w.line("\t"+format, args...)
		if strings.Contains(format, "%[1]s") {
			w.variables = append(w.variables, a)
		}
		if strings.Contains(format, "%[2]s") {
			w.variables = append(w.variables, b)
		}
	}
	u := w.known()
	switch w.choose(24) {
	case 0:
		bind("%[1]s := %[3]s", a, b, w.word())
	case 1:
		bind("some %[1]s in input.words", a)
	case 2:
		bind("some %[1]s in %[3]s", a, b, w.pick([]string{"kinds", "more", "{\"pods\", one}", "kinds | more", "[k | some k in more]", "array.concat([one], [\"nodes\"])"}))
	case 3:
		bind("some %[1]s, %[2]s in %[3]s", a, b, w.pick([]string{"table", "fields", `{"pods": "a", "nodes": "b"}`}))
	case 4:
		bind("some [%[1]s, %[2]s] in pairs", a, b)
	case 5:
		bind("%[1]s := same(%[3]s)", a, b, u)
	case 6:
		bind("%[1]s := to(%[3]s)", a, b, w.pick([]string{`"a"`, `"b"`}))
	case 7:
		bind("[%[1]s, %[2]s] := [%[3]s, %[4]s]", a, b, u, w.known())
	case 8:
		bind("%[1]s := table[%[3]s]", a, b, w.pick([]string{`"x"`, `"a"`, "_"}))
	case 9:
		bind("%[1]s = %[3]s", a, b, u)
	case 10:
		bind("%[3]s in {%[4]s, %[5]s, \"pods\", \"secrets\"}", a, b, u, w.word(), w.word())
	case 11:
		bind("%[3]s != \"services\"", a, b, u)
	case 12:
		bind("not %[3]s in {\"nodes\"}", a, b, u)
	case 13:
		bind("more[%[1]s]", a)
	case 14:
		bind("%[1]s := {k: v | some k, v in table}[_]", a)
	case 15:
		w.call("\tcount([1 | some i in kinds; i == " + u + "; %s]) >= 0")
	case 16:
		w.call("\tc" + a + " := [y | some " + u2(u) + "; y := %s]")
	case 17:
		w.call("\tevery z in kinds { z; not %s == 3 }")
	case 18:
		w.call("\tnot %s == 3")
	case 19, 20, 21:
		w.call("\t%s")
	case 22:
		if w.functions > 0 {
			bind("f%d(%s, %s)", w.choose(w.functions), u, w.known())
		}
	default:
		bind("%[1]s := [%[3]s, %[4]s][_]", a, b, u, w.word())
	}
}

// u2 iterates with a variable, which may be bound around.
func u2(u string) string { return "q, " + "p in table; q != \"" + strings.Trim(u, "\"") + "\"" }

// call writes a call of the client, in the place of %s.
func (w *writer) call(format string) {
	place := w.known()
	if w.choose(2) == 0 {
		place = fmt.Sprintf("%q", w.pick(somePlaces))
	}
	call := ""
	switch w.choose(5) {
	case 0:
		call = fmt.Sprintf("client.query_all(%s)", w.known())
	case 1:
		call = fmt.Sprintf("client.query_name_ns(%s, %s, %s)", w.known(), w.known(), place)
	case 2:
		call = fmt.Sprintf("kubectl_opa.query_label_selector_ns(%s, {}, %s)", w.known(), place)
	case 3:
		call = fmt.Sprintf("client.query_name(%s, %s)", w.pick([]string{`"nodes"`, "one", "two"}), w.known())
	default:
		call = fmt.Sprintf("client.query_ns(%s, %s)", w.known(), place)
	}
	w.line(format, call)
}
