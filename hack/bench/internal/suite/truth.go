package suite

import (
	"context"
	"fmt"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
)

const (
	// pageSize is how many Pods are read at a time.
	pageSize = 500
	// rounds are how often each Pod of the calls is asked for.
	rounds = 10
)

// Input is the input document of all benchmarks: what the calls ask for.
type Input struct {
	Rounds int   `json:"rounds"`
	Pods   []Pod `json:"pods"`
}

// A Pod is one that is asked for.
type Pod struct {
	Name      string `json:"name"`
	Namespace string `json:"namespace"`
	node      string
}

// Truth is what the results must be, found out without Rego.
type Truth struct {
	Count  int
	Images []string       // sorted
	Teams  map[string]int // by label: how many Pods
	Calls  Calls
}

// Calls are the result of that benchmark.
type Calls struct {
	Answers int      `json:"answers"`
	Nodes   []string `json:"nodes"` // sorted
}

// A census counts Pods.
type census struct {
	pods   []Pod
	images map[string]bool
	teams  map[string]int
}

// Read looks at all Pods of a cluster, and chooses those that the calls ask
// for, calls of them where there are so many.
func Read(ctx context.Context, client kubernetes.Interface, calls int) (Truth, Input, error) {
	c := census{images: map[string]bool{}, teams: map[string]int{}}
	for next := ""; ; {
		page, err := client.CoreV1().Pods("").List(ctx, metav1.ListOptions{Limit: pageSize, Continue: next})
		if err != nil {
			return Truth{}, Input{}, fmt.Errorf("reading what is true of the pods: %w", err)
		}
		for i := range page.Items {
			c.add(&page.Items[i])
		}
		if next = page.Continue; next == "" {
			break
		}
	}
	truth, input := c.result(calls)
	return truth, input, nil
}

func (c *census) add(pod *corev1.Pod) {
	c.pods = append(c.pods, Pod{Name: pod.Name, Namespace: pod.Namespace, node: pod.Spec.NodeName})
	for _, container := range slices.Concat(pod.Spec.Containers, pod.Spec.InitContainers) {
		c.images[container.Image] = true
	}
	if team, ok := pod.Labels["app.kubernetes.io/part-of"]; ok {
		c.teams[team]++
	}
}

// result chooses Pods for the calls from all over the list.
func (c *census) result(calls int) (Truth, Input) {
	input := Input{Rounds: rounds, Pods: []Pod{}}
	nodes := map[string]bool{}
	calls = min(calls, len(c.pods))
	for i := range calls {
		pod := c.pods[i*len(c.pods)/calls]
		input.Pods = append(input.Pods, pod)
		nodes[pod.node] = true
	}
	return Truth{
		Count:  len(c.pods),
		Images: slices.Sorted(maps.Keys(c.images)),
		Teams:  c.teams,
		Calls:  Calls{Answers: rounds * calls, Nodes: slices.Sorted(maps.Keys(nodes))},
	}, input
}
