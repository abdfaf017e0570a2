package regodriver

import (
	"maps"
	"math/rand/v2"
	"slices"

	"k8s.io/apimachinery/pkg/runtime"
)

// generator changes JSON trees at random, the same way for the same seed.
type generator struct {
	*rand.Rand
	seeds []any
}

func newGenerator(seed, stream uint64, seeds []any) *generator {
	return &generator{rand.New(rand.NewPCG(seed, stream)), seeds}
}

// scalars are what breaks policies: other types, and the edges of numbers and
// texts.
var scalars = []any{
	nil, true, false, "", " ", "a", "web", "latest", "nginx", "nginx:1.25", "quay.io/a/b@sha256:0", "registry.example.org/nightly/x",
	"200m", "1", "1Gi", "0.5", "10e3", "-1", "1Ki", "me.agilebank.demo", "ä\u2028€😀", "<b>&\"\\", "\x00", `{"a":[1,2.50]}`, "%v%d",
	int64(0), int64(1), int64(-1), int64(80), int64(1000000), int64(9007199254740993), int64(9223372036854775807),
	0.1, -0.5, 1.0, 2.0, 1e6, 1e20, 1e21, 1.5e300, 5e-324, 123456789.125,
}

// names are keys that policies look for, and some that nobody does.
var names = []string{
	"app", "team", "owner", "name", "image", "spec", "metadata", "labels", "annotations", "containers", "initContainers", "ports",
	"resources", "limits", "cpu", "memory", "livenessProbe", "readinessProbe", "httpGet", "selector", "replicas", "rules", "host",
	"namespace", "kind", "list", "n", "ä", "a.b/c", "0", "",
}

func pick[T any](g *generator, from []T) T { return from[g.IntN(len(from))] }

// mutate returns a changed copy.
func (g *generator) mutate(value any, times int) any {
	value = runtime.DeepCopyJSONValue(value)
	for range times {
		value = g.change(value, g.IntN(7))
	}
	return value
}

// change changes one place, at most depth steps down.
func (g *generator) change(value any, depth int) any {
	switch value := value.(type) {
	case map[string]any:
		keys := slices.Sorted(maps.Keys(value))
		if depth > 0 && len(keys) > 0 {
			key := pick(g, keys)
			value[key] = g.change(value[key], depth-1)
			return value
		}
		return g.changeObject(value, keys)
	case []any:
		if depth > 0 && len(value) > 0 {
			i := g.IntN(len(value))
			value[i] = g.change(value[i], depth-1)
			return value
		}
		return g.changeList(value)
	default:
		if g.IntN(10) == 0 {
			return g.any()
		}
		return pick(g, scalars)
	}
}

func (g *generator) changeObject(value map[string]any, keys []string) any {
	switch {
	case g.IntN(12) == 0:
		return g.any()
	case len(keys) > 0 && g.IntN(2) == 0:
		key := pick(g, keys)
		if g.IntN(2) == 0 {
			value[pick(g, names)] = value[key]
		}
		delete(value, key)
	default:
		value[pick(g, names)] = g.any()
	}
	return value
}

func (g *generator) changeList(value []any) any {
	switch {
	case g.IntN(12) == 0:
		return g.any()
	case len(value) > 0 && g.IntN(3) == 0:
		return append(value, runtime.DeepCopyJSONValue(pick(g, value)))
	case len(value) > 0 && g.IntN(2) == 0:
		i := g.IntN(len(value))
		return slices.Delete(value, i, i+1)
	default:
		return append(value, g.any())
	}
}

// any is a scalar, something small, or a piece of another object.
func (g *generator) any() any {
	switch g.IntN(8) {
	case 0:
		return map[string]any{}
	case 1:
		return []any{}
	case 2:
		return map[string]any{pick(g, names): pick(g, scalars), pick(g, names): []any{pick(g, scalars), pick(g, scalars)}}
	case 3:
		return g.piece(pick(g, g.seeds))
	default:
		return pick(g, scalars)
	}
}

// piece is a part of a value.
func (g *generator) piece(value any) any {
	switch whole := value.(type) {
	case map[string]any:
		if len(whole) > 0 && g.IntN(4) > 0 {
			return g.piece(whole[pick(g, slices.Sorted(maps.Keys(whole)))])
		}
	case []any:
		if len(whole) > 0 && g.IntN(4) > 0 {
			return g.piece(pick(g, whole))
		}
	}
	return runtime.DeepCopyJSONValue(value)
}
