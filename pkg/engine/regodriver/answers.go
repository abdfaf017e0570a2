package regodriver

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strings"
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/pkg/projection"
)

// answers remembers what a template said of manifests, by what it can observe of
// them: Pods of one Deployment differ in much that no policy looks at. That
// nothing was found is remembered by less, as what is only part of a message
// does not matter then.
type answers struct {
	// decisive is what can make a difference to whether anything is found, and
	// observed what can make one to what is found.
	decisive, observed *observed

	mtx sync.RWMutex
	// commit is the state of the store that the answers are for.
	commit uint64
	// silent tells where nothing was found, by what is decisive.
	silent map[digest]bool
	// found is what was found, by what is observed. It is shared.
	found map[digest]rego.ResultSet
	// asked and known are how often an answer was wanted, and was there.
	asked, known int
}

// digest stands for a text: two texts with one digest are not to be had.
type digest [sha256.Size]byte

const (
	// mostAnswers is how many answers are kept of a template.
	mostAnswers = 2048
	// Of so many answers that are wanted one of eight must be there, or nobody
	// looks any more until something is written: for manifests that all differ
	// the texts would be made in vain.
	trial = 1024
)

// newAnswers is nil for a template whose answers depend on more than the review
// and the store, or on the object as a whole.
func newAnswers(compiler *ast.Compiler, varying map[string]bool) (*answers, error) {
	if !repeatable(compiler, varying) {
		return nil, nil
	}
	queries := compiler.QueryCompiler()
	query, err := queries.Compile(ast.MustParseBodyWithOpts(singleViolations, ast.ParserOptions{RegoVersion: ast.RegoV0}))
	if err != nil {
		return nil, err
	}
	program := projection.Program{Compiler: compiler, Query: query, Variables: queries.RewrittenVars()}
	input, ok := program.Input()
	if !ok {
		return nil, nil
	}
	decisive := input
	if less, ok := program.Emptiness(violation); ok && tellsMessages(compiler) {
		decisive = less
	}
	if object := decisive.Field("review").Field("object"); object != nil && object.Whole {
		return nil, nil
	}
	return &answers{decisive: newObserved(decisive.Field("review")), observed: newObserved(input.Field("review"))}, nil
}

// violation is the set that a template makes.
var violation = ast.MustParseRef("data.template.violation")

// tellsMessages tells whether whatever a template finds has a message: without
// one it is not told.
func tellsMessages(compiler *ast.Compiler) bool {
	for _, rule := range compiler.GetRulesExact(violation) {
		if object, ok := written(rule).(ast.Object); !ok || object.Get(ast.InternedTerm("msg")) == nil {
			return false
		}
	}
	return true
}

// written is the element that a rule adds to a set, as it is written; nil where
// it is computed.
func written(rule *ast.Rule) ast.Value {
	if rule.Head.Key == nil {
		return nil
	}
	if _, computed := rule.Head.Key.Value.(ast.Var); !computed {
		return rule.Head.Key.Value
	}
	for _, expr := range rule.Body {
		if !expr.IsEquality() {
			continue
		}
		for i, side := range expr.Operands() {
			// Compiling takes what is to be computed out of the head.
			if side.Equal(rule.Head.Key) {
				return expr.Operand(1 - i).Value
			}
		}
	}
	return nil
}

// asked is a question about a manifest, to be answered out of memory or put
// there. The store does not change in the meantime.
type asked struct {
	of          *answers
	commit      uint64
	manifest    Manifest
	namespace   map[string]any
	constraints []*unstructured.Unstructured
	decisive    digest
}

// ask is a question about constraints, nil where it is not worth one or where
// what is decisive has no text.
func (a *answers) ask(manifest Manifest, namespace map[string]any, constraints []*unstructured.Unstructured, commit uint64) *asked {
	if a == nil || !a.worthwhile(commit) {
		return nil
	}
	q := &asked{of: a, commit: commit, manifest: manifest, namespace: namespace, constraints: constraints}
	decisive, ok := q.digest(a.decisive)
	if !ok {
		return nil
	}
	q.decisive = decisive
	return q
}

func (a *answers) worthwhile(commit uint64) bool {
	a.mtx.RLock()
	defer a.mtx.RUnlock()
	return a.commit != commit || a.asked < trial || a.known >= a.asked/8
}

// digest is that of what is observed, and of which constraints are asked about;
// ok is false where there is a value that has no text.
func (q *asked) digest(o *observed) (_ digest, ok bool) {
	buffer := buffers.Get().(*[]byte)
	defer buffers.Put(buffer)
	text := binary.AppendUvarint((*buffer)[:0], uint64(len(q.constraints)))
	for _, constraint := range q.constraints {
		text = appendText(text, constraint.GetName())
	}
	*buffer, ok = o.appendReview(text, q.manifest, q.namespace)
	return sha256.Sum256(*buffer), ok
}

var buffers = sync.Pool{New: func() any { return new([]byte) }}

// answer is what was found when the same was asked before.
func (q *asked) answer() (found rego.ResultSet, ok bool) {
	silent, others := q.silent()
	if silent || !others {
		return nil, silent
	}
	whole, ok := q.digest(q.of.observed)
	if !ok {
		return nil, false
	}
	a := q.of
	a.mtx.Lock()
	defer a.mtx.Unlock()
	if found, ok = a.found[whole]; ok {
		a.known++
	}
	return found, ok
}

// silent tells whether nothing was found when the same was asked before, and
// whether there are answers with which something was.
func (q *asked) silent() (silent, others bool) {
	a := q.of
	a.mtx.Lock()
	defer a.mtx.Unlock()
	if a.commit != q.commit {
		a.commit, a.silent, a.found, a.asked, a.known = q.commit, nil, nil, 0, 0
	}
	a.asked++
	if silent = a.silent[q.decisive]; silent {
		a.known++
	}
	return silent, len(a.found) > 0
}

// keep remembers what was found.
func (q *asked) keep(found rego.ResultSet) {
	a := q.of
	if len(found) == 0 {
		a.mtx.Lock()
		defer a.mtx.Unlock()
		if a.silent == nil || len(a.silent) >= mostAnswers {
			a.silent = map[digest]bool{}
		}
		a.silent[q.decisive] = true
		return
	}
	whole, ok := q.digest(a.observed)
	if !ok {
		return
	}
	a.mtx.Lock()
	defer a.mtx.Unlock()
	if a.found == nil || len(a.found) >= mostAnswers {
		a.found = map[digest]rego.ResultSet{}
	}
	a.found[whole] = found
}

// repeatable tells whether the same question has the same answer, with the same
// store: no builtin looks at the time, at random numbers, or outside, and none
// prints.
func repeatable(compiler *ast.Compiler, varying map[string]bool) bool {
	ok := true
	for _, module := range compiler.Modules {
		ast.WalkRefs(module, func(ref ast.Ref) bool {
			ok = ok && !varying[ref.String()]
			return !ok
		})
	}
	return ok
}

// varies tells whether a builtin may give several results for one call, or does
// more than to give one: those that are not OPA's own ask somebody, and those of
// web tokens and certificates look at the time.
func varies(builtin *ast.Builtin) bool {
	return builtin.Nondeterministic || !slices.Contains(ast.DefaultBuiltins[:], ast.BuiltinMap[builtin.Name]) ||
		strings.HasPrefix(builtin.Name, "io.jwt.") || strings.HasPrefix(builtin.Name, "crypto.x509.") ||
		builtin.Name == ast.InternalPrint.Name || builtin.Name == ast.Trace.Name
}
