package object

import (
	"errors"
	"fmt"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	"github.com/kubectl-opa/kubectl-opa/pkg/platform"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
)

// place finds where an object of the noun lives. Only the namespace of the
// document, -n and -c decide, never the kubeconfig's namespace. An empty
// namespace of a noun that lives per user cluster means all of them, which one
// alone refuses.
func (s *site) place(inDocument string, one bool) (platform.Place, error) {
	place := platform.Place{GroupVersionResource: s.Resource, Namespace: s.Namespace}
	if !s.PerCluster {
		if inDocument != "" && inDocument != s.Namespace {
			return place, advice.Wrap(atNamespace(s.elsewhere(inDocument)), "leave metadata.namespace out")
		}
		return place, nil
	}
	place.Namespace = s.namespace
	if inDocument != "" && place.Namespace != "" && inDocument != place.Namespace {
		return place, advice.Wrap(atNamespace(fmt.Errorf("is %q, and the command is for %q", inDocument, place.Namespace)),
			"leave -c and -n out, or correct metadata.namespace")
	}
	if place.Namespace == "" {
		place.Namespace = inDocument
	}
	if place.Namespace == kubermaticv1.Namespace {
		err := fmt.Errorf("the constraints in namespace %q are Default Constraints", kubermaticv1.Namespace)
		if inDocument == place.Namespace {
			err = atNamespace(err)
		}
		return place, advice.Wrap(err, "use the command kubectl opa default")
	}
	if one && place.Namespace == "" {
		return place, errWhichCluster
	}
	return place, nil
}

// atNamespace says that an error is about metadata.namespace.
func atNamespace(err error) error {
	return &policy.FieldError{Path: []any{"metadata", "namespace"}, Problem: err.Error()}
}

// elsewhere says where the objects of a noun live instead.
func (n Noun) elsewhere(namespace string) error {
	if n.Namespace == "" {
		return fmt.Errorf("is %q, but a %s lives in no namespace", namespace, n.Name)
	}
	return fmt.Errorf("is %q, but a %s lives in %q", namespace, n.Name, n.Namespace)
}

// errWhichCluster says that a command needs one user cluster.
var errWhichCluster = advice.Wrap(errors.New("which user cluster?"), "give -c NAME, by ID or human-readable name")
