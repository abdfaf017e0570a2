package gatekeeper

import (
	"context"
	"fmt"
	"net"
	"path/filepath"
	"strconv"
	"time"

	"github.com/kubectl-opa/kubectl-opa/hack/controlplane/internal/cluster"
)

const (
	namespace = "gatekeeper-system"
	// user is the ServiceAccount of both Pods, so Gatekeeper has the rights here that it has in a cluster of its own.
	user = "system:serviceaccount:" + namespace + ":gatekeeper-admin"
	// violationsLimit is KKP's, and Gatekeeper's own default.
	violationsLimit = 20
	// noCollector is an address that nobody listens on. Gatekeeper refuses to export to none, and never gets to it.
	noCollector    = cluster.Loopback + ":1"
	exportInterval = 24 * time.Hour
	// The names of the Deployments and, as each has one Pod here, of the Pods.
	webhookName = "gatekeeper-controller-manager"
	auditName   = "gatekeeper-audit"
)

var userGroups = []string{"system:serviceaccounts", "system:serviceaccounts:" + namespace}

// webhookServer is the process that reviews what the API server is asked to store. Its port is told when it is ready.
func webhookServer(dir string, options Options, chosen *int) cluster.Server {
	return cluster.Server{
		Name:  webhookName,
		Path:  options.Program,
		Env:   environment(dir, webhookName),
		Ports: 2,
		Args: func(ports []int) ([]string, error) {
			*chosen = ports[1]
			return webhookArgs(dir, ports[0], ports[1]), nil
		},
		Ready: func(ctx context.Context, ports []int) error { return waitForHealth(ctx, webhookName, ports[0]) },
	}
}

// auditServer is the process that makes CRDs of templates, reviews what is there, and sums up what both processes report.
func auditServer(dir string, options Options) cluster.Server {
	return cluster.Server{
		Name:  auditName,
		Path:  options.Program,
		Env:   environment(dir, auditName),
		Ports: 1,
		Args: func(ports []int) ([]string, error) {
			return auditArgs(dir, ports[0], options.AuditInterval), nil
		},
		Ready: func(ctx context.Context, ports []int) error { return waitForHealth(ctx, auditName, ports[0]) },
	}
}

func webhookArgs(dir string, healthPort, port int) []string {
	return append(commonArgs(dir, healthPort),
		"--operation=webhook",
		"--host="+cluster.Loopback,
		"--port="+strconv.Itoa(port),
		"--exempt-namespace="+namespace,
	)
}

// auditArgs leave mutation-status out, as nothing here mutates. Without generate no template would get its CRD.
func auditArgs(dir string, healthPort int, interval time.Duration) []string {
	return append(commonArgs(dir, healthPort),
		"--operation=audit",
		"--operation=status",
		"--operation=generate",
		fmt.Sprintf("--audit-interval=%d", int(interval.Seconds())),
		fmt.Sprintf("--constraint-violations-limit=%d", violationsLimit),
		"--api-cache-dir="+filepath.Join(dir, auditDir),
	)
}

func commonArgs(dir string, healthPort int) []string {
	return []string{
		"--health-addr=" + net.JoinHostPort(cluster.Loopback, strconv.Itoa(healthPort)),
		// The other backend, Prometheus, listens on every address.
		"--metrics-backend=opentelemetry",
		"--otlp-endpoint=" + noCollector,
		"--otlp-metric-interval=" + exportInterval.String(),
		"--disable-cert-rotation",
		"--cert-dir=" + filepath.Join(dir, certDir),
		// As in Gatekeeper's manifest.
		"--disable-opa-builtin={http.send}",
		// The webhook runs CEL. A ValidatingAdmissionPolicy beside it would deny the same a second time, in other words, and
		// would fill the status of each template and constraint with how far it is.
		"--enable-k8s-native-validation=true",
		"--default-create-vap-for-templates=false",
		"--default-create-vap-binding-for-constraints=false",
	}
}

// environment is what the manifest has the kubelet tell a Pod.
func environment(dir, pod string) []string {
	return []string{
		"KUBECONFIG=" + filepath.Join(dir, kubeconfigFile),
		"POD_NAME=" + pod,
		"POD_NAMESPACE=" + namespace,
		"NAMESPACE=" + namespace,
	}
}
