package engine

import (
	"sync"

	"github.com/open-policy-agent/gatekeeper/v3/pkg/util"
	corev1 "k8s.io/api/core/v1"
)

// mostNamespaces is how many namespaces are remembered.
const mostNamespaces = 1000

// knownNamespaces remembers what policies see of namespaces: one is that of many
// objects.
type knownNamespaces struct {
	mtx   sync.RWMutex
	known map[*corev1.Namespace]map[string]any
}

// fields are those of a namespace. They are shared: they must not be changed.
func (k *knownNamespaces) fields(of *corev1.Namespace) (map[string]any, error) {
	k.mtx.RLock()
	fields, ok := k.known[of]
	k.mtx.RUnlock()
	if ok {
		return fields, nil
	}
	fields, err := util.NamespaceToMap(of)
	if err != nil {
		return nil, err
	}
	k.mtx.Lock()
	defer k.mtx.Unlock()
	if k.known == nil || len(k.known) >= mostNamespaces {
		k.known = map[*corev1.Namespace]map[string]any{}
	}
	k.known[of] = fields
	return fields, nil
}
