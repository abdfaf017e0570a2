package pods

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
)

// Model is the number of the Pod that Clone needs for a Pod: the first one of
// its workload. So the models are the first Pods, one for each workload.
func (s Set) Model(number int) int { return number % s.Workloads }

// Clone makes a Pod out of its model, as the API server has that: with defaults,
// what admission added, and managed fields. The result is what the server would
// have made of New, Applied and Status, at another time and under another UID.
func (s Set) Clone(model *corev1.Pod, number int) *corev1.Pod {
	pod, fresh := model.DeepCopy(), s.New(number, "")
	pod.Name, pod.UID, pod.ResourceVersion = fresh.Name, uid(number), ""
	pod.Annotations = fresh.Annotations
	pod.Spec.NodeName = fresh.Spec.NodeName
	pod.Status = s.Status(number)
	pod.CreationTimestamp = *pod.Status.StartTime
	for i := range pod.ManagedFields {
		entry := &pod.ManagedFields[i]
		entry.Time = pod.Status.StartTime
		// A Pod's addresses are keys among its fields, all else are names.
		entry.FieldsV1.SetRawString(strings.ReplaceAll(entry.FieldsV1.GetRawString(), key(model.Status.PodIP), key(pod.Status.PodIP)))
	}
	return pod
}

// key is how an address is written in JSON in a JSON string.
func key(address string) string { return `\"` + address + `\"` }

// uid is made of a Pod's number.
func uid(number int) types.UID {
	random := rand.New(rand.NewPCG(uint64(number), 7))
	b := make([]byte, 16)
	binary.BigEndian.PutUint64(b, random.Uint64())
	binary.BigEndian.PutUint64(b[8:], random.Uint64())
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return types.UID(fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:]))
}
