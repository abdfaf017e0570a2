package fill

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/fake"

	"github.com/kubectl-opa/kubectl-opa/hack/bench/internal/pods"
)

// newClient is a server that keeps managed fields, and has the ServiceAccounts
// that a controller would make.
func newClient(t *testing.T) *fake.Clientset {
	t.Helper()
	client := fake.NewClientset()
	for _, name := range pods.Namespaces() {
		account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "default", Namespace: name}}
		if _, err := client.CoreV1().ServiceAccounts(name).Create(t.Context(), account, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	return client
}

// memory is a Store, which takes no more Pods than its room.
type memory struct {
	mu   sync.Mutex
	pods map[string]*corev1.Pod
	room int
}

var errFull = errors.New("full")

func (m *memory) Names(context.Context) ([]string, error) {
	names := []string{}
	for name := range m.pods {
		names = append(names, name)
	}
	return names, nil
}

func (m *memory) Put(_ context.Context, pod *corev1.Pod) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.pods) == m.room {
		return errFull
	}
	m.pods[pod.Namespace+"/"+pod.Name] = pod
	return nil
}

func list(t *testing.T, client *fake.Clientset) []corev1.Pod {
	t.Helper()
	all, err := client.CoreV1().Pods("").List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return all.Items
}

// small is a set of which a test can make the models.
var small = pods.Set{Workloads: 12}

func TestFill(t *testing.T) {
	const count = 32
	client, store := newClient(t), &memory{pods: map[string]*corev1.Pod{}, room: count}
	made := []int{}
	var telling sync.Mutex
	f := Filler{Set: small, Client: client, Store: store, Tell: func(n int) {
		telling.Lock()
		defer telling.Unlock()
		made = append(made, n)
	}}
	for range 2 { // the second time nothing is left to make
		if err := f.Fill(t.Context(), count); err != nil {
			t.Fatal(err)
		}
		if through := list(t, client); len(through) != 12 || len(store.pods) != 20 {
			t.Errorf("want 12 and 20 pods, found %d and %d", len(through), len(store.pods))
		}
	}
	slices.Sort(made)
	if len(made) != 20 || made[0] != 1 || made[19] != 20 {
		t.Errorf("it told of %v", made)
	}
	if store.pods[small.Name(count-1).String()] == nil {
		t.Errorf("there is no pod %s", small.Name(count-1))
	}
}

func TestFillFails(t *testing.T) {
	f := Filler{Set: small, Client: newClient(t), Store: &memory{}, Tell: func(int) {}}
	if err := f.Fill(t.Context(), small.Workloads+1); !errors.Is(err, errFull) {
		t.Errorf("want %v, found %v", errFull, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := f.Fill(ctx, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("want %v, found %v", context.Canceled, err)
	}
	f.Store = &memory{pods: map[string]*corev1.Pod{"a/b": {}, "a/c": {}}}
	want := "filling the control plane: there are 2 pods, more than 1: start another one"
	if err := f.Fill(t.Context(), 1); err == nil || err.Error() != want {
		t.Errorf("want %s, found %v", want, err)
	}
}

// TestClone wants clones to be what the server makes of the same requests.
func TestClone(t *testing.T) {
	f := Filler{Set: small, Client: newClient(t)}
	owners, err := f.replicaSets(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for number := range small.Workloads {
		first, err := f.model(t.Context(), number, owners[small.Owner(number)])
		if err != nil {
			t.Fatal(err)
		}
		other := number + 70*small.Workloads
		want, err := f.model(t.Context(), other, owners[small.Owner(other)])
		if err != nil {
			t.Fatal(err)
		}
		before := first.DeepCopy()
		got := small.Clone(first, other)
		server := cmp.Options{
			cmpopts.IgnoreFields(metav1.ObjectMeta{}, "UID", "ResourceVersion", "CreationTimestamp"),
			cmpopts.IgnoreFields(metav1.ManagedFieldsEntry{}, "Time"),
		}
		if diff := cmp.Diff(want, got, server); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(before, first); diff != "" {
			t.Error("the model was changed: " + diff)
		}
		if got.UID == "" || got.UID == first.UID || got.CreationTimestamp.IsZero() {
			t.Errorf("the clone has UID %s, made %s", got.UID, got.CreationTimestamp)
		}
	}
}

// TestSize wants Pods of about 10 KB, more than half of it managed fields. The
// fake server sets no defaults, which are 500 bytes, half of them managed.
func TestSize(t *testing.T) {
	client := newClient(t)
	f := Filler{Set: pods.Set{Workloads: 24}, Client: client}
	if _, err := f.makeModels(t.Context(), 24); err != nil {
		t.Fatal(err)
	}
	all := list(t, client)
	size, managed := 0, 0
	for _, pod := range all {
		size += length(t, pod)
		managed += length(t, pod.ManagedFields)
		managers := []string{}
		for _, entry := range pod.ManagedFields {
			managers = append(managers, entry.Manager)
		}
		slices.Sort(managers)
		if diff := cmp.Diff([]string{pods.Creator, pods.Runner, pods.Applier}, managers); diff != "" {
			t.Error(diff)
		}
	}
	if size /= len(all); size < 9_000 || size > 10_500 {
		t.Errorf("pods have %d bytes", size)
	}
	if managed /= len(all); managed < size/2 {
		t.Errorf("%d of %d bytes are managed fields", managed, size)
	}
}

func length(t *testing.T, value any) int {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return len(text)
}
