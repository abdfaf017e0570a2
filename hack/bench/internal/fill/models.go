package fill

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"

	"github.com/kubectl-opa/kubectl-opa/hack/bench/internal/pods"
)

const (
	// accountTimeout bounds the wait for the controller that makes a namespace's
	// ServiceAccount, without which it takes no Pods.
	accountTimeout  = time.Minute
	accountInterval = 100 * time.Millisecond
)

// makeModels makes the first Pods, and what they need, through the API server,
// and returns them by number.
func (f Filler) makeModels(ctx context.Context, count int) ([]*corev1.Pod, error) {
	for _, name := range pods.Namespaces() {
		if err := f.namespace(ctx, name); err != nil {
			return nil, fmt.Errorf("making namespace %s: %w", name, err)
		}
	}
	owners, err := f.replicaSets(ctx)
	if err != nil {
		return nil, err
	}
	models := make([]*corev1.Pod, count)
	return models, each(ctx, 0, count, func(ctx context.Context, number int) (err error) {
		models[number], err = f.model(ctx, number, owners[f.Set.Owner(number)])
		if err != nil {
			return fmt.Errorf("making pod %s: %w", f.Set.Name(number), err)
		}
		return nil
	})
}

func (f Filler) namespace(ctx context.Context, name string) error {
	object := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}
	if _, err := f.Client.CoreV1().Namespaces().Create(ctx, object, metav1.CreateOptions{}); err != nil && !apierrors.IsAlreadyExists(err) {
		return err
	}
	return wait.PollUntilContextTimeout(ctx, accountInterval, accountTimeout, true, func(ctx context.Context) (bool, error) {
		_, err := f.Client.CoreV1().ServiceAccounts(name).Get(ctx, "default", metav1.GetOptions{})
		if apierrors.IsNotFound(err) {
			return false, nil
		}
		return err == nil, err
	})
}

// replicaSets makes the owners of Pods and returns their UIDs.
func (f Filler) replicaSets(ctx context.Context) (map[types.NamespacedName]types.UID, error) {
	owners := map[types.NamespacedName]types.UID{}
	for _, object := range f.Set.ReplicaSets() {
		api := f.Client.AppsV1().ReplicaSets(object.Namespace)
		made, err := api.Create(ctx, object, metav1.CreateOptions{})
		if apierrors.IsAlreadyExists(err) {
			made, err = api.Get(ctx, object.Name, metav1.GetOptions{})
		}
		if err != nil {
			return nil, fmt.Errorf("making replicaset %s/%s: %w", object.Namespace, object.Name, err)
		}
		owners[types.NamespacedName{Namespace: made.Namespace, Name: made.Name}] = made.UID
	}
	return owners, nil
}

// model makes one Pod as it comes about in a cluster: its creator sends all but
// the status, another manager applies what it wants, the kubelet adds a status.
func (f Filler) model(ctx context.Context, number int, owner types.UID) (*corev1.Pod, error) {
	object := f.Set.New(number, owner)
	api := f.Client.CoreV1().Pods(object.Namespace)
	made, err := api.Create(ctx, object, metav1.CreateOptions{FieldManager: pods.Creator})
	if apierrors.IsAlreadyExists(err) {
		made, err = api.Get(ctx, object.Name, metav1.GetOptions{})
	}
	if err != nil || made.Status.Phase == corev1.PodRunning {
		return made, err
	}
	made, err = api.Apply(ctx, pods.Applied(object), metav1.ApplyOptions{FieldManager: pods.Applier})
	if err != nil {
		return nil, err
	}
	made.Status = f.Set.Status(number)
	return api.UpdateStatus(ctx, made, metav1.UpdateOptions{FieldManager: pods.Runner})
}
