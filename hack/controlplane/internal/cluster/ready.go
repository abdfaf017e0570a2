package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"k8s.io/client-go/rest"
)

// pollInterval is how often something is looked at again that is about to be there.
const pollInterval = 25 * time.Millisecond

// Poll calls check until it returns nil. It ends with the cause of the context's end and what was still missing then.
func Poll(ctx context.Context, waitingFor string, check func() error) error {
	missing := errors.New("nothing")
	for {
		err := check()
		if err == nil {
			return nil
		}
		if ctx.Err() == nil { // else it says no more than that
			missing = err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for %s (last seen: %w): %w", waitingFor, missing, context.Cause(ctx))
		case <-time.After(pollInterval):
		}
	}
}

// waitForEtcd waits until etcd has a leader.
func waitForEtcd(ctx context.Context, d *workDir) error {
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var dialer net.Dialer
		return dialer.DialContext(ctx, "unix", d.file(etcdSocket))
	}}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	return Poll(ctx, "etcd", func() error {
		_, err := Get(ctx, client, "http://etcd/health")
		return err
	})
}

// waitForAPIServer waits until kube-apiserver says that it is ready.
func waitForAPIServer(ctx context.Context, client *http.Client, server string) error {
	return Poll(ctx, "kube-apiserver", func() error {
		_, err := Get(ctx, client, server+"/readyz")
		return err
	})
}

// waitForControllers waits for what the controllers make before a test may rely on them: the ServiceAccount without which
// Pods are refused, and the rules of the aggregated cluster roles.
func waitForControllers(ctx context.Context, client *http.Client, server string) error {
	err := Poll(ctx, "the ServiceAccount default", func() error {
		_, err := Get(ctx, client, server+"/api/v1/namespaces/default/serviceaccounts/default")
		return err
	})
	if err != nil {
		return err
	}
	return Poll(ctx, "the rules of the ClusterRole view", func() error {
		body, err := Get(ctx, client, server+"/apis/rbac.authorization.k8s.io/v1/clusterroles/view")
		if err != nil {
			return err
		}
		var role struct {
			Rules []json.RawMessage `json:"rules"`
		}
		if err := json.Unmarshal(body, &role); err != nil {
			return err
		}
		if len(role.Rules) == 0 {
			return fmt.Errorf("it has none")
		}
		return nil
	})
}

// serverVersion asks kube-apiserver which version it is.
func serverVersion(ctx context.Context, client *http.Client, server string) (string, error) {
	body, err := Get(ctx, client, server+"/version")
	if err != nil {
		return "", fmt.Errorf("asking kube-apiserver for its version: %w", err)
	}
	var version struct {
		GitVersion string `json:"gitVersion"`
	}
	if err := json.Unmarshal(body, &version); err != nil {
		return "", fmt.Errorf("asking kube-apiserver for its version: %w", err)
	}
	return version.GitVersion, nil
}

func httpClient(config *rest.Config) (*http.Client, error) {
	client, err := rest.HTTPClientFor(config)
	if err != nil {
		return nil, fmt.Errorf("making a client of kube-apiserver: %w", err)
	}
	return client, nil
}

// Get asks a server for what must be there.
func Get(ctx context.Context, client *http.Client, url string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", response.Status, body)
	}
	return body, nil
}
