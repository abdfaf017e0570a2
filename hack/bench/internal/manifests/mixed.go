package manifests

import (
	"fmt"
	"iter"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kubectl-opa/kubectl-opa/hack/bench/internal/pods"
)

// kinds are what is mixed, in turns. Each function makes the object of a number
// among those of its kind; every tenth has a fault of one sort, every tenth one
// of another, and so on.
var kinds = []func(int) runtime.Object{
	newNamespace, newDeployment, newService, newConfigMap, newIngress, newRole, newRoleBinding, newCronJob, newVolumeClaim, newPod,
}

// Mixed are objects of ten kinds, as they are found together in a repository.
func Mixed(count int) iter.Seq[runtime.Object] {
	return func(yield func(runtime.Object) bool) {
		for number := range count {
			if !yield(kinds[number%len(kinds)](number / len(kinds))) {
				return
			}
		}
	}
}

// tenth tells whether the object of a number is the one of ten that is meant.
func tenth(number, which int) bool { return number%10 == which }

// choose is one of two: what the tenth that is meant has, or what the others have.
func choose[T any](number, which int, fault, otherwise T) T {
	if tenth(number, which) {
		return fault
	}
	return otherwise
}

func typeMeta(version, kind string) metav1.TypeMeta {
	return metav1.TypeMeta{APIVersion: version, Kind: kind}
}

// meta is of the object of a kind in one of the namespaces.
func meta(kind string, number int) metav1.ObjectMeta {
	return metav1.ObjectMeta{
		Namespace: pods.Namespace(number % 20),
		Name:      fmt.Sprintf("%s-%d", kind, number),
		Labels:    map[string]string{"team": []string{"accounts", "billing"}[number%2], "tier": "backend", "app": app(number)},
	}
}

func app(number int) string { return fmt.Sprintf("app-%d", number) }
