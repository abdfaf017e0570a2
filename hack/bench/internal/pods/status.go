package pods

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// epoch is when the first Pod started.
var epoch = time.Date(2026, time.August, 30, 9, 15, 0, 0, time.UTC)

// Status is what a kubelet writes into a Pod.
func (s Set) Status(number int) corev1.PodStatus {
	w := s.workload(number)
	random := rand.New(rand.NewPCG(uint64(number), 6))
	started := metav1.NewTime(epoch.Add(time.Duration(number) * time.Second))
	status := corev1.PodStatus{
		Phase:     corev1.PodRunning,
		QOSClass:  corev1.PodQOSBurstable,
		StartTime: &started,
		HostIP:    fmt.Sprintf("10.1.%d.%d", number%nodes/250, number%nodes%250+1),
		PodIP:     address(number),
	}
	status.HostIPs = []corev1.HostIP{{IP: status.HostIP}}
	status.PodIPs = []corev1.PodIP{{IP: status.PodIP}}
	for _, kind := range []corev1.PodConditionType{
		corev1.PodReadyToStartContainers, corev1.PodInitialized, corev1.PodReady, corev1.ContainersReady, corev1.PodScheduled,
	} {
		status.Conditions = append(status.Conditions, corev1.PodCondition{
			Type: kind, Status: corev1.ConditionTrue, LastTransitionTime: started, ObservedGeneration: 1,
		})
	}
	for i, image := range w.images {
		status.ContainerStatuses = append(status.ContainerStatuses, corev1.ContainerStatus{
			Name: w.container(i, image).Name, Image: image, Ready: true, Started: new(true),
			ImageID: imageID(random, image), ContainerID: "containerd://" + digest(random),
			State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: started}},
		})
	}
	if w.init != "" {
		id := "containerd://" + digest(random)
		status.InitContainerStatuses = []corev1.ContainerStatus{{
			Name: "migrate", Image: w.init, Ready: true, Started: new(false), ImageID: imageID(random, w.init), ContainerID: id,
			State: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{
				Reason: "Completed", StartedAt: started, FinishedAt: started, ContainerID: id,
			}},
		}}
	}
	return status
}

func imageID(random *rand.Rand, image string) string {
	name, _, _ := strings.Cut(image, "@")
	if tag := strings.LastIndex(name, ":"); tag > strings.LastIndex(name, "/") {
		name = name[:tag]
	}
	return name + "@sha256:" + digest(random)
}

// address is a Pod's own, for up to ten million Pods.
func address(number int) string {
	return fmt.Sprintf("10.%d.%d.%d", 16+number/62500, number/250%250, number%250+1)
}
