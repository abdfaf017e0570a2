package kubequery

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/redact"
	"github.com/kubectl-opa/kubectl-opa/pkg/resources"
)

// Redacted says that a policy was given values that were left out when the
// answer was recorded: what it makes of them is not what it would make of the
// values themselves.
type Redacted struct {
	Resource resources.Resource
	// Namespace is "" for cluster-scoped objects.
	Namespace string
	// Name is "" where the policy is not given the name.
	Name string
	// Fields are paths in the object, such as data.password, sorted.
	Fields []string
}

// String names the fields, and says how to have their values.
func (r Redacted) String() string {
	object := r.Resource.String()
	if r.Name != "" {
		object += " " + advice.Quote(r.Name)
	}
	if r.Namespace != "" {
		object += " in namespace " + strconv.Quote(r.Namespace)
	}
	was := "was"
	if len(r.Fields) > 1 {
		was = "were"
	}
	return fmt.Sprintf("%s: %s %s recorded as %s; if the policy needs more, record again with --record-secrets",
		object, strings.Join(r.Fields, ", "), was, redact.Mark)
}

func (Redacted) event() {}
