package fleet

import (
	"errors"
	"testing"

	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
)

// An empty name, such as a variable of a script that is not set, means no
// cluster: not even one without a human-readable name.
func TestFindNothingByNoName(t *testing.T) {
	unnamed := kubermaticv1.Cluster{}
	unnamed.Name = "a"
	if found, err := Find([]kubermaticv1.Cluster{unnamed}, ""); found != nil || !errors.Is(err, ErrNoCluster) {
		t.Errorf("found %v, %v", found, err)
	}
	if found, err := FindNamespace([]kubermaticv1.Cluster{unnamed}, ""); found != nil || !errors.Is(err, ErrNoCluster) {
		t.Errorf("by namespace: found %v, %v", found, err)
	}
}
