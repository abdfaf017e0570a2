package manifests

import (
	"fmt"
	"iter"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubectl-opa/kubectl-opa/hack/bench/internal/pods"
)

// A Fault is what is wrong with a Pod: the kind of the one constraint that it
// violates, once.
type Fault string

// The faults of Pods.
const (
	Labels    Fault = "K8sRequiredLabels"
	Repos     Fault = "K8sAllowedRepos"
	Probes    Fault = "K8sRequiredProbes"
	Limits    Fault = "K8sContainerLimits"
	Privilege Fault = "K8sNoPrivilegeEscalation"
)

// firstFaulty is the number of the first Pod that violates something where not
// all do: such are not the first that one comes across.
const firstFaulty = 42

// Pods are such as Deployments make, with two containers: 1.4 KB of JSON each.
type Pods struct {
	Count  int
	Every  int     // of so many Pods one has a fault, of 1 all
	Faults []Fault // in turns
	// Unlike Pods have a label of their own, and containers with names of their own.
	Unlike bool
}

// All are the Pods, in order.
func (p Pods) All() iter.Seq[runtime.Object] {
	return func(yield func(runtime.Object) bool) {
		for number := range p.Count {
			pod := sound(number)
			if p.Unlike {
				differ(pod, number)
			}
			spoil(pod, p.fault(number))
			if !yield(pod) {
				return
			}
		}
	}
}

// Found is how often each constraint is violated, by its kind.
func (p Pods) Found() map[string]int {
	found := map[string]int{}
	for number := range p.Count {
		if fault := p.fault(number); fault != "" {
			found[string(fault)]++
		}
	}
	return found
}

// First is the name of the first Pod that violates something.
func (p Pods) First() types.NamespacedName { return pods.Company.Name(firstFaulty % p.Every) }

// fault is what is wrong with the Pod of a number, "" for nothing.
func (p Pods) fault(number int) Fault {
	if number%p.Every != firstFaulty%p.Every {
		return ""
	}
	return p.Faults[number/p.Every%len(p.Faults)]
}

// sound is the Pod of a number without any fault.
func sound(number int) *corev1.Pod {
	name, set := pods.Company.Name(number), pods.Company.Owner(number)
	return &corev1.Pod{
		TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Pod"},
		ObjectMeta: metav1.ObjectMeta{
			Namespace: name.Namespace,
			Name:      name.Name,
			Labels:    map[string]string{"app": set.Name, ownerLabel: owner(number)},
			OwnerReferences: []metav1.OwnerReference{{
				APIVersion: "apps/v1", Kind: "ReplicaSet", Name: set.Name, UID: types.UID(fmt.Sprintf("5b2c8e0e-3f0a-4d65-9d0b-%012d", pods.Company.Model(number))), Controller: new(true),
			}},
		},
		Spec: corev1.PodSpec{Containers: []corev1.Container{
			container("main", image(number), 8080),
			container("proxy", "registry.example.com/mesh/proxy:v2.3", 15020),
		}},
	}
}

// ownerLabel is a label that is required.
const ownerLabel = "owner"

func owner(number int) string { return "team-" + strconv.Itoa(number%17) }

// image is that of the main container.
func image(number int) string {
	return fmt.Sprintf("registry.example.com/%s:v1.%d", pods.Company.Owner(number).Name, number%29)
}

// differ makes a Pod that is like no other one.
func differ(pod *corev1.Pod, number int) {
	pod.Labels["pod"] = strconv.Itoa(number)
	for i := range pod.Spec.Containers {
		pod.Spec.Containers[i].Name += "-" + strconv.Itoa(number)
	}
}

// spoil puts a fault into a Pod that has none.
func spoil(pod *corev1.Pod, fault Fault) {
	main, proxy := &pod.Spec.Containers[0], &pod.Spec.Containers[1]
	switch fault {
	case Labels:
		delete(pod.Labels, ownerLabel)
	case Repos:
		main.Image = "docker.io/" + main.Name
	case Probes:
		proxy.ReadinessProbe = nil
	case Limits:
		proxy.Resources.Limits[corev1.ResourceCPU] = resource.MustParse("4")
	case Privilege:
		main.SecurityContext.AllowPrivilegeEscalation = new(true)
	}
}

func container(name, image string, port int32) corev1.Container {
	probe := func(path string) *corev1.Probe {
		return &corev1.Probe{
			ProbeHandler:  corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Path: path, Port: intstr.FromInt32(port)}},
			PeriodSeconds: 10,
		}
	}
	return corev1.Container{
		Name:            name,
		Image:           image,
		Ports:           []corev1.ContainerPort{{Name: "http", ContainerPort: port}},
		Env:             []corev1.EnvVar{{Name: "LOG_LEVEL", Value: "info"}, {Name: "LISTEN", Value: ":" + strconv.Itoa(int(port))}},
		LivenessProbe:   probe("/healthz"),
		ReadinessProbe:  probe("/readyz"),
		SecurityContext: &corev1.SecurityContext{AllowPrivilegeEscalation: new(false)},
		Resources: corev1.ResourceRequirements{Limits: corev1.ResourceList{
			corev1.ResourceCPU: resource.MustParse("500m"), corev1.ResourceMemory: resource.MustParse("256Mi"),
		}},
	}
}
