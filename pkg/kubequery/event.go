package kubequery

import (
	"fmt"
	"strconv"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
	"github.com/kubectl-opa/kubectl-opa/pkg/resources"
)

// Event is something that the user should know of an evaluation, beside its
// result. Its text is made for people.
type Event interface {
	fmt.Stringer
	event()
}

// Forbidden says that the user's identity lacks a right. The policy got the
// 403 as a result.
type Forbidden struct {
	// Verb is "get" or "list".
	Verb     string
	Resource resources.Resource
	// Namespace is "" for all namespaces and for cluster-scoped resources.
	Namespace string
	// Name is "" for lists.
	Name string
	// Message is the server's reason.
	Message string
}

// String says which rule is missing, and where.
func (f Forbidden) String() string {
	where, holder := "", "a ClusterRole"
	switch {
	case f.Namespace != "":
		where = " in namespace " + strconv.Quote(f.Namespace)
		holder = "a Role in that namespace, or a ClusterRole"
	case f.Resource.Namespaced:
		where = " in all namespaces"
	}
	what := f.Resource.String()
	if f.Name != "" {
		what += " " + advice.Quote(f.Name)
	}
	return fmt.Sprintf("not allowed to %s %s%s; the missing rule, in %s:\n- apiGroups: [%q]\n  resources: [%q]\n  verbs: [%q]",
		f.Verb, what, where, holder, f.Resource.Group, f.Resource.Name, f.Verb)
}

func (Forbidden) event() {}

// Replaced says that a policy file was not loaded, since its package is the
// built-in one.
type Replaced struct {
	// File is the path as the user gave it.
	File string
}

// String says which file was left out, and why.
func (r Replaced) String() string {
	return r.File + " is left out: its package " + clientPackage + " is built in here"
}

func (Replaced) event() {}

// Printed is what a policy printed.
type Printed struct {
	Position manifest.Position
	Text     string
}

// String is what was printed, after its position.
func (p Printed) String() string { return p.Position.String() + ": " + p.Text }

func (Printed) event() {}

// Testing says that another test begins.
type Testing struct {
	// Number is how many have begun, this one included.
	Number int
}

// String is what is being done.
func (t Testing) String() string { return fmt.Sprintf("running test %d", t.Number) }

func (Testing) event() {}
