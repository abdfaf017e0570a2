package kubequery

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// FuzzProjection shows that decoding only what a policy can observe changes no
// result: it makes policies and answers, and evaluates them both ways.
func FuzzProjection(f *testing.F) {
	for seed := range uint64(300) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		w := &writer{Rand: rand.New(rand.NewPCG(seed, 1))}
		items := []any{}
		for range w.IntN(4) {
			items = append(items, w.value(3))
		}
		list, err := json.Marshal(map[string]any{"kind": "List", "metadata": map[string]any{}, "items": items})
		if err != nil {
			t.Fatal(err)
		}
		object, err := json.Marshal(w.value(4))
		if err != nil {
			t.Fatal(err)
		}
		cluster := newFake(func(_ int, request Request) (int, string) {
			if request.Name != "" {
				return 200, string(object)
			}
			return 200, string(list)
		})
		policy, query := w.policy(), w.query()
		both := [2]string{}
		for i, whole := range []bool{true, false} {
			result, err := Evaluate(context.Background(), cluster, Options{
				Input: []byte(`{"zero": 0, "path": ["a", "b", 0], "a": "a", "rule": "r0"}`),
				Expr:  query, Paths: []string{"p.rego"}, Whole: whole,
				FS: fstest.MapFS{"p.rego": {Data: []byte(policy)}},
			})
			text, _ := json.Marshal(result)
			both[i] = fmt.Sprintf("%s\n%v", text, err)
			if err != nil && strings.HasPrefix(err.Error(), "compiling") {
				t.Skipf("%s\n%v", policy, err) // OPA words some of these errors in several ways
			}
		}
		if diff := cmp.Diff(both[0], both[1]); diff != "" {
			t.Errorf("%s\n%s\n%s\n%s\nwhole (-) and projected (+):\n%s", policy, query, list, object, diff)
		}
	})
}

// writer writes policies that mostly compile and mostly have a result. Objects
// have an object a, a list b of objects, and a scalar c.
type writer struct {
	*rand.Rand
	// objects, lists, functions: what can be referred to by now.
	objects, lists, functions []string
	last                      int
}

func pick[T any](w *writer, of ...T) T { return of[w.IntN(len(of))] }

func (w *writer) value(depth int) map[string]any {
	object := map[string]any{"c": pick[any](w, 0, 1, "x", true, nil), "d": pick[any](w, 0, 1)}
	if depth > 0 {
		list := []any{}
		for range 1 + w.IntN(2) {
			list = append(list, w.value(depth-1))
		}
		object["a"], object["b"] = w.value(depth-1), list
	}
	return object
}

func (w *writer) fresh() string {
	w.last++
	return fmt.Sprintf("v%d", w.last)
}

// nested runs what makes part of a rule: its variables are gone afterwards.
func (w *writer) nested(write func() string) string {
	objects, lists := w.objects, w.lists
	w.objects, w.lists = slices.Clip(objects), slices.Clip(lists)
	defer func() { w.objects, w.lists = objects, lists }()
	return write()
}

func (w *writer) policy() string {
	text := "package p\n\nimport data.kubernetes.api.client\n"
	for _, name := range []string{"f", "g"} {
		for range pick(w, 1, 1, 2) {
			text += w.nested(func() string {
				w.objects = append(w.objects, "x")
				body := ""
				if w.IntN(2) == 0 {
					body = " if {\n" + w.body(1) + "}"
				}
				return "\n" + name + "(x) := " + w.object(1) + body + "\n"
			})
		}
		w.functions = append(w.functions, name)
	}
	for i, rule := range []string{"%s := %s if {\n%s}", "default %[1]s := {}\n\n%[1]s := %[2]s if {\n%[3]s}", "%s := %s if {\n%s} else := {\"c\": 1}"} {
		name := fmt.Sprintf("r%d", i)
		text += "\n" + w.nested(func() string {
			body := w.body(1)
			return fmt.Sprintf(rule, name, w.object(1), body)
		}) + "\n"
		w.objects = append(w.objects, pick(w, "", "data.p.")+name)
	}
	text += "\nall := " + w.nested(func() string { return w.list(2) }) + "\n"
	w.lists = append(w.lists, "all")
	return text + "\n" + w.nested(func() string {
		body := w.body(2)
		return "p contains " + w.scalar(2) + " if {\n" + body + "}"
	}) + "\n\nq := " + w.nested(func() string { return w.scalar(3) }) + "\n"
}

func (w *writer) body(depth int) string {
	text := ""
	for range 1 + w.IntN(3) {
		name := w.fresh()
		text += fmt.Sprintf("\tinput.zero %s 0\n", pick(w, "==", ">="))
		switch w.IntN(9) {
		case 8:
			if len(w.objects) > 0 {
				text += fmt.Sprintf("\t%s = %s\n", pick(w, w.objects...), pick(w, w.objects...))
			}
		case 0, 1:
			text += fmt.Sprintf("\t%s := %s\n", name, w.object(depth))
			w.objects = append(w.objects, name)
		case 2:
			text += fmt.Sprintf("\t%s := %s\n", name, w.list(depth))
			w.lists = append(w.lists, name)
		case 3:
			text += fmt.Sprintf("\tsome %s in %s\n\t%s.d %s 0\n", name, w.list(depth), name, pick(w, "==", ">="))
			w.objects = append(w.objects, name)
		case 4:
			text += fmt.Sprintf("\tnot %s.%s\n", w.object(depth), pick(w, "nothing", "a.nothing", "d.x", "c"))
		case 5:
			text += fmt.Sprintf("\tevery %s in %s {\n\t\t%s.%s\n\t}\n", name, w.list(depth), name, pick(w, "d >= 0", "a", "c != 0"))
		case 6:
			text += fmt.Sprintf("\tsome %s\n\t%s = %s\n", name, name, w.object(depth))
			w.objects = append(w.objects, name)
		default:
			compared := pick(w, w.object, w.list)
			text += fmt.Sprintf("\t%s %s %s\n", compared(depth), pick(w, "!=", "!=", "==", "="), compared(depth))
		}
	}
	return text
}

func (w *writer) object(depth int) string {
	if depth == 0 || w.IntN(3) == 0 {
		return pick(w, append([]string{`client.query_name_ns("pods", "a", "b")`, `client.query_name("nodes", "a").body`}, w.objects...)...)
	}
	switch w.IntN(7) {
	case 0, 1, 2:
		return w.object(depth-1) + ".a"
	case 3:
		return w.list(depth-1) + pick(w, "[0]", "[0]", "[input.zero]")
	case 4:
		return fmt.Sprintf(`object.get(%s, %s, {"c": 2})`, w.object(depth-1), pick(w, `"a"`, `["b", 0]`, `["a", "a"]`, "input.path", "input.a", "[]"))
	case 5:
		return fmt.Sprintf(`{"c": 1, "d": 1, "a": %s}.a`, w.object(depth-1))
	default:
		if len(w.functions) == 0 {
			return w.object(depth - 1)
		}
		return pick(w, w.functions...) + "(" + w.object(depth-1) + ")"
	}
}

func (w *writer) list(depth int) string {
	if depth == 0 || w.IntN(3) == 0 {
		return pick(w, append([]string{`client.query_all("pods").items`, `client.query_all("po").body.items`, `client.query_ns(concat("", ["no", "des"]), "").items`}, w.lists...)...)
	}
	name := w.fresh()
	switch w.IntN(5) {
	case 0, 1:
		return w.object(depth-1) + ".b"
	case 2:
		return fmt.Sprintf(`object.get(%s, "b", [])`, w.object(depth-1))
	default:
		list := w.list(depth - 1)
		return w.nested(func() string {
			w.objects = append(w.objects, name)
			return fmt.Sprintf("[%s | some %s in %s; %s.d >= 0]", w.object(depth-1), name, list, name)
		})
	}
}

func (w *writer) scalar(depth int) string {
	switch w.IntN(10) {
	case 0, 1, 2:
		return w.object(depth) + pick(w, ".c", ".d")
	case 3, 4:
		return "count(" + w.list(depth) + ")"
	case 5:
		return "count({y | some y in " + w.list(depth) + "})"
	case 6:
		return pick(w, "type_name", "json.marshal", "is_object", "count") + "(" + w.object(depth) + ")"
	case 7:
		return "{k | some k, _ in " + w.object(depth) + "}"
	case 8:
		return "{y.c: y.a | some y in " + w.list(depth) + "}"
	default:
		return "json.marshal(" + w.list(depth) + ")"
	}
}

func (w *writer) query() string {
	return pick(w, "data.p.p", "data.p", "x := data.p.q; y = x", "count(data.p.all)", "data.p.all[_].a",
		`x := data.kubernetes.api.client.query_all("pods").items[_].a; x.c == 0; data.p.p`, "data.p[input.rule].a", "data.p.p with input as {\"zero\": 0}")
}
