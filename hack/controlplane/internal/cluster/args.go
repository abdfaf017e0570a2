package cluster

import (
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
)

// Loopback is the only address that anything here listens on.
const Loopback = "127.0.0.1"

// The files of a work folder.
const (
	etcdSocket             = "etcd.sock"
	etcdPeerSocket         = "peer.sock"
	caCert                 = "ca.crt"
	serverCert             = "apiserver.crt"
	serverKey              = "apiserver.key"
	serviceAccountKey      = "service-account.key"
	adminKubeconfig        = "kubeconfig"
	controllerKubeconfig   = "controller-manager.kubeconfig"
	serviceRange           = "10.0.0.0/16"
	kubernetesServiceIP    = "10.0.0.1" // the first address of serviceRange, by definition
	serviceAccountIssuer   = "https://kubernetes.default.svc.cluster.local"
	etcdQuotaBytes         = 8 << 30 // the default, 2 GiB, does not take 100,000 Pods
	controllerQPS          = 1000    // the default, 20, would make the garbage collector crawl
	etcdHeartbeatMillis    = 10
	etcdElectionMillis     = 100 // etcd waits as long before it elects its only member
	etcdUnusedAdvertiseURL = "http://127.0.0.1:0"
)

// controllers are those whose absence shows: without them a namespace never goes, a token Secret stays empty, Pods are
// refused, owned objects outlive their owner, the cluster roles view, edit and admin allow nothing. Nothing is scheduled or
// replicated.
var controllers = []string{
	"clusterrole-aggregation-controller",
	"garbage-collector-controller",
	"namespace-controller",
	"root-ca-certificate-publisher-controller",
	"serviceaccount-controller",
	"serviceaccount-token-controller",
	"validatingadmissionpolicy-status-controller",
}

// etcdArgs has etcd listen on sockets in the work folder only: no port to clash, nobody else can reach it. Its data does
// not outlive the run, so it need not be safe on disk.
func etcdArgs(d *workDir) []string {
	return []string{
		"--name=etcd",
		"--data-dir=" + d.file("etcd"),
		"--listen-client-urls=unix://" + d.file(etcdSocket),
		// Relative: for peers etcd reads the host of the URL only, and makes up a socket that anyone can reach when there is none.
		"--listen-peer-urls=unix://" + etcdPeerSocket,
		// etcd takes no socket here. Nobody asks it where it is.
		"--advertise-client-urls=" + etcdUnusedAdvertiseURL,
		"--initial-advertise-peer-urls=" + etcdUnusedAdvertiseURL,
		"--initial-cluster=etcd=" + etcdUnusedAdvertiseURL,
		"--unsafe-no-fsync",
		fmt.Sprintf("--quota-backend-bytes=%d", etcdQuotaBytes),
		fmt.Sprintf("--heartbeat-interval=%d", etcdHeartbeatMillis),
		fmt.Sprintf("--election-timeout=%d", etcdElectionMillis),
		"--log-level=warn",
	}
}

func apiServerArgs(d *workDir, port int) []string {
	return []string{
		"--etcd-servers=unix://" + d.file(etcdSocket),
		"--bind-address=" + Loopback,
		"--advertise-address=" + Loopback,
		"--secure-port=" + strconv.Itoa(port),
		"--tls-cert-file=" + d.file(serverCert),
		"--tls-private-key-file=" + d.file(serverKey),
		"--client-ca-file=" + d.file(caCert),
		"--service-account-issuer=" + serviceAccountIssuer,
		"--service-account-key-file=" + d.file(serviceAccountKey),
		"--service-account-signing-key-file=" + d.file(serviceAccountKey),
		"--authorization-mode=RBAC",
		// Its finalizers would wait for controllers that do not run.
		"--disable-admission-plugins=StorageObjectInUseProtection",
		"--service-cluster-ip-range=" + serviceRange,
		"--endpoint-reconciler-type=none",
		"--allow-privileged=true",
		"--profiling=false",
	}
}

// controllerManagerArgs has kube-controller-manager listen nowhere: whether it works shows in what it makes.
func controllerManagerArgs(d *workDir) []string {
	return []string{
		"--kubeconfig=" + d.file(controllerKubeconfig),
		"--controllers=" + strings.Join(controllers, ","),
		"--secure-port=0",
		"--leader-elect=false",
		"--root-ca-file=" + d.file(caCert),
		"--service-account-private-key-file=" + d.file(serviceAccountKey),
		fmt.Sprintf("--kube-api-qps=%d", controllerQPS),
		fmt.Sprintf("--kube-api-burst=%d", 2*controllerQPS),
		"--profiling=false",
	}
}

// environment is ours without what would configure etcd behind our back.
func environment() []string {
	var kept []string
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "ETCD_") {
			kept = append(kept, variable)
		}
	}
	return kept
}

// freePorts returns ports of the loopback interface that nothing listens on at the moment. They are all held until the last
// one is found, so that none comes twice.
func freePorts(count int) ([]int, error) {
	var ports []int
	for range count {
		listener, err := net.Listen("tcp4", net.JoinHostPort(Loopback, "0"))
		if err != nil {
			return nil, fmt.Errorf("choosing a port: %w", err)
		}
		defer listener.Close()
		ports = append(ports, listener.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}
