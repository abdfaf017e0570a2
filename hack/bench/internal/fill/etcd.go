package fill

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer/protobuf"
	"k8s.io/client-go/kubernetes/scheme"
)

const (
	// socket is etcd's in the folder of a control plane, where its kubeconfig is.
	socket = "etcd.sock"
	// prefix is what kube-apiserver puts before the names of Pods.
	prefix = "/registry/pods/"
	// dialTimeout bounds the wait for etcd, which runs already.
	dialTimeout = 10 * time.Second
)

// Etcd is the Store of a control plane of hack/controlplane.
type Etcd struct {
	client  *clientv3.Client
	encoder runtime.Encoder
}

// Open connects to the etcd of the control plane that a kubeconfig belongs to.
// The caller has to Close it.
func Open(kubeconfig string) (*Etcd, error) {
	path := filepath.Join(filepath.Dir(kubeconfig), socket)
	client, err := clientv3.New(clientv3.Config{
		Endpoints: []string{"unix://" + path}, DialTimeout: dialTimeout, Logger: zap.NewNop(),
	})
	if err != nil {
		return nil, fmt.Errorf("connecting to etcd at %s: %w", path, err)
	}
	serializer := protobuf.NewSerializer(scheme.Scheme, scheme.Scheme)
	return &Etcd{client: client, encoder: scheme.Codecs.EncoderForVersion(serializer, corev1.SchemeGroupVersion)}, nil
}

// Close ends the connection.
func (e *Etcd) Close() error { return e.client.Close() }

// Names implements Store.
func (e *Etcd) Names(ctx context.Context) ([]string, error) {
	response, err := e.client.Get(ctx, prefix, clientv3.WithPrefix(), clientv3.WithKeysOnly())
	if err != nil {
		return nil, fmt.Errorf("reading the names of pods from etcd: %w", err)
	}
	names := make([]string, len(response.Kvs))
	for i, kv := range response.Kvs {
		names[i] = strings.TrimPrefix(string(kv.Key), prefix)
	}
	return names, nil
}

// Put implements Store.
func (e *Etcd) Put(ctx context.Context, pod *corev1.Pod) error {
	value, err := runtime.Encode(e.encoder, pod)
	if err != nil {
		return err
	}
	_, err = e.client.Put(ctx, prefix+pod.Namespace+"/"+pod.Name, string(value))
	return err
}
