package kubequery

import (
	"context"
	"fmt"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/types"

	"github.com/kubectl-opa/kubectl-opa/pkg/projection"
	"github.com/kubectl-opa/kubectl-opa/pkg/resources"
)

const (
	// Root is what is ours among the names of builtins, packages and data:
	// policies define nothing below it.
	Root = "kubectl_opa"
	// builtinPrefix stands before the names of the builtins that the package
	// kubernetes.api.client calls. Whoever calls them directly gets the same checks.
	builtinPrefix = Root + "."
)

// asking is what one evaluation asks a cluster with. It serves one evaluation,
// which runs in one goroutine.
type asking struct {
	cluster Cluster
	reader  reader
	wanted  *wanted
	// redact takes values of Secrets out of texts.
	redact func(string) string
	// failure is what ended the evaluation, if one of our functions did. OPA
	// wraps errors of builtins in ways that errors.As cannot see through.
	failure error
}

func newAsking(cluster Cluster, o Options) *asking {
	resolved := newResolvedOnce(cluster)
	wanted := &wanted{cluster: resolved}
	told := newRedactions(resolved, o.Notify, func(cluster Cluster) reader {
		return api{cluster: cluster, notify: o.Notify, decoder: projection.NewDecoder(o.ManagedFields), wanted: wanted}
	})
	return &asking{cluster: resolved, reader: newOnce(told), wanted: wanted, redact: o.redact}
}

// function is one function of the client, under the name that it has there and
// as a builtin.
type function struct {
	name string
	// arity is how many arguments it takes. They may be anything: that one has
	// the wrong type is said at run time, by the name of the argument.
	arity int
	// ask makes a question of the arguments.
	ask func(*asking, context.Context, call) (question, error)
}

var functions = []function{
	{"query_name_ns", 3, (*asking).byName},
	{"query_label_selector_ns", 3, (*asking).byLabels},
	{"query_all", 1, (*asking).all},
	{"query_ns", 2, (*asking).inNamespace},
	{"query_name", 2, (*asking).byNameAlone},
	{"query_label_selector", 2, (*asking).byLabelsAlone},
	{"query_field_selector_ns", 3, (*asking).byFields},
}

// functions binds the builtins to one Rego object and to nothing else.
func (a *asking) functions() []func(*rego.Rego) {
	bound := []func(*rego.Rego){}
	for _, f := range functions {
		bound = append(bound, a.bind(f))
	}
	return bound
}

func (a *asking) bind(f function) func(*rego.Rego) {
	arguments := make([]types.Type, f.arity)
	for i := range arguments {
		arguments[i] = types.A
	}
	declaration := &rego.Function{
		Name:             builtinPrefix + f.name,
		Decl:             types.NewFunction(arguments, types.A),
		Nondeterministic: true,
	}
	return rego.FunctionDyn(declaration, func(bctx rego.BuiltinContext, operands []*ast.Term) (*ast.Term, error) {
		answer, err := a.call(bctx.Context, f, operands)
		if err != nil {
			return nil, a.halt(err)
		}
		return answer, nil
	})
}

// call answers one call. There are as many operands as the function takes.
func (a *asking) call(ctx context.Context, f function, operands []*ast.Term) (*ast.Term, error) {
	q, err := f.ask(a, ctx, call{f.name, operands})
	if err != nil {
		return nil, fmt.Errorf("calling %s: %w", f.name, err)
	}
	answer, err := a.reader.read(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("calling %s: %w", f.name, err)
	}
	return answer, nil
}

// halt ends the evaluation. Without it OPA would make an error of a builtin
// undefined, and a policy could not tell "unknown" from "nothing found".
func (a *asking) halt(err error) error {
	a.failure = err
	return rego.NewHaltError(err)
}

func (a *asking) byName(ctx context.Context, c call) (question, error) {
	q, err := a.named(ctx, c)
	if err != nil {
		return question{}, err
	}
	argument := c.argument(2, "namespace")
	q.namespace, err = argument.namespace(q.resource)
	if err != nil {
		return question{}, err
	}
	if q.resource.Namespaced && q.namespace == "" {
		return question{}, argument.wrong("may not be empty: %s are namespaced", q.resource)
	}
	return q, nil
}

func (a *asking) byNameAlone(ctx context.Context, c call) (question, error) {
	q, err := a.named(ctx, c)
	if err == nil && q.resource.Namespaced {
		err = fmt.Errorf("%w: %s are namespaced; ask query_name_ns, which takes a namespace", ErrArgument, q.resource)
	}
	return q, err
}

func (a *asking) byLabels(ctx context.Context, c call) (question, error) {
	q, err := a.byLabelsAlone(ctx, c)
	if err != nil {
		return question{}, err
	}
	q.namespace, err = c.argument(2, "namespace").namespace(q.resource)
	return q, err
}

func (a *asking) byLabelsAlone(ctx context.Context, c call) (question, error) {
	q, err := a.all(ctx, c)
	if err != nil {
		return question{}, err
	}
	q.labels, err = c.argument(1, "selector").labels()
	return q, err
}

func (a *asking) byFields(ctx context.Context, c call) (question, error) {
	q, err := a.all(ctx, c)
	if err != nil {
		return question{}, err
	}
	if q.fields, err = c.argument(1, "selector").fields(); err != nil {
		return question{}, err
	}
	q.namespace, err = c.argument(2, "namespace").namespace(q.resource)
	return q, err
}

func (a *asking) inNamespace(ctx context.Context, c call) (question, error) {
	q, err := a.all(ctx, c)
	if err != nil {
		return question{}, err
	}
	q.namespace, err = c.argument(1, "namespace").namespace(q.resource)
	return q, err
}

func (a *asking) all(ctx context.Context, c call) (question, error) {
	resource, err := a.resource(ctx, c.argument(0, "resource"))
	return question{resource: resource}, err
}

// named is the object of a name, as far as the first two arguments say.
func (a *asking) named(ctx context.Context, c call) (question, error) {
	q, err := a.all(ctx, c)
	if err != nil {
		return question{}, err
	}
	q.name, err = c.argument(1, "name").objectName()
	return q, err
}

func (a *asking) resource(ctx context.Context, argument argument) (resources.Resource, error) {
	word, err := argument.text()
	if err != nil {
		return resources.Resource{}, err
	}
	if word == "" {
		return resources.Resource{}, argument.wrong("may not be empty")
	}
	return a.cluster.Resolve(ctx, word)
}
