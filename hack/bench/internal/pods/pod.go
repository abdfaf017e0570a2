// Package pods makes Pods as they are found in clusters that are in use: with
// owners, labels, annotations, up to three containers, a status, and fields
// that two managers own. As the API server lists them, they have 10 KB of JSON
// on average, more than half of it managedFields.
//
// Everything follows from the number of a Pod, so that two runs measure the same.
package pods

import (
	"fmt"
	"math/rand/v2"
	"strconv"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// The managers of a Pod's fields: Kubernetes' own, the one that creates it and
// the one that writes its status, and another that applies what it insists on.
const (
	Creator = "kube-controller-manager"
	Runner  = "kubelet"
	Applier = "rollout-operator"
)

// A Set is made of as many Pods as one likes, spread evenly over workloads.
type Set struct {
	Workloads int
}

// Company is what is measured.
var Company = Set{Workloads: 400}

// Name is a Pod's namespace and name.
func (s Set) Name(number int) types.NamespacedName {
	w := s.workload(number)
	random := rand.New(rand.NewPCG(uint64(number), 3))
	return types.NamespacedName{Namespace: w.namespace, Name: fmt.Sprintf("%s-%s-%s", w.name, w.hash, suffix(random, 5)+strconv.Itoa(number))}
}

// ReplicaSets are the owners of Pods, which need to be there: Kubernetes'
// garbage collector removes what has an owner that is not.
func (s Set) ReplicaSets() []*appsv1.ReplicaSet {
	all := []*appsv1.ReplicaSet{}
	for number := range s.Workloads {
		w := s.workload(number)
		selector := map[string]string{"app.kubernetes.io/instance": w.name, "pod-template-hash": w.hash}
		all = append(all, &appsv1.ReplicaSet{
			ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: w.replicaSet(), Labels: selector},
			Spec: appsv1.ReplicaSetSpec{
				Replicas: new(int32(0)),
				Selector: &metav1.LabelSelector{MatchLabels: selector},
				Template: corev1.PodTemplateSpec{
					ObjectMeta: metav1.ObjectMeta{Labels: selector},
					Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: w.component, Image: w.images[0]}}},
				},
			},
		})
	}
	return all
}

func (w workload) replicaSet() string { return w.name + "-" + w.hash }

// Owner is the name of the ReplicaSet that a Pod belongs to; it is in the
// Pod's namespace.
func (s Set) Owner(number int) types.NamespacedName {
	w := s.workload(number)
	return types.NamespacedName{Namespace: w.namespace, Name: w.replicaSet()}
}

// New is a Pod as its creator sends it. The owner's UID is the server's to give.
func (s Set) New(number int, owner types.UID) *corev1.Pod {
	w := s.workload(number)
	random := rand.New(rand.NewPCG(uint64(number), 4))
	name := s.Name(number)
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Namespace:    name.Namespace,
			Name:         name.Name,
			GenerateName: w.replicaSet() + "-",
			Labels:       w.labels(),
			Annotations:  w.annotations(random),
			OwnerReferences: []metav1.OwnerReference{{
				APIVersion: "apps/v1", Kind: "ReplicaSet", Name: w.replicaSet(), UID: owner,
				Controller: new(true), BlockOwnerDeletion: new(true),
			}},
		},
		Spec: w.spec(number),
	}
}

func (w workload) labels() map[string]string {
	return map[string]string{
		"app.kubernetes.io/component":  w.component,
		"app.kubernetes.io/instance":   w.name,
		"app.kubernetes.io/managed-by": "Helm",
		"app.kubernetes.io/name":       w.team + "-" + w.component,
		"app.kubernetes.io/part-of":    w.team,
		"app.kubernetes.io/version":    fmt.Sprintf("%d.%d.0", 1+w.number%3, w.number%11),
		"pod-template-hash":            w.hash,
		"example.com/tier":             w.tier,
		"example.com/cost-center":      strconv.Itoa(4000 + w.number%23),
	}
}

func (w workload) annotations(random *rand.Rand) map[string]string {
	return map[string]string{
		"cni.example.com/containerID": digest(random),
		"prometheus.io/path":          "/metrics",
		"prometheus.io/port":          "9090",
		"prometheus.io/scrape":        "true",
		"example.com/on-call":         w.team + "-on-call@example.com",
	}
}
