package cluster

import (
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func TestNothingListensBeyondLoopback(t *testing.T) {
	d := &workDir{path: "/tmp/x"}
	for _, want := range []struct {
		args []string
		has  string
	}{
		{etcdArgs(d), "--listen-client-urls=unix:///tmp/x/etcd.sock"},
		{etcdArgs(d), "--listen-peer-urls=unix://peer.sock"},
		{apiServerArgs(d, 6443), "--bind-address=127.0.0.1"},
		{apiServerArgs(d, 6443), "--secure-port=6443"},
		{controllerManagerArgs(d), "--secure-port=0"},
	} {
		if !slices.Contains(want.args, want.has) {
			t.Errorf("%q lacks %s", want.args, want.has)
		}
	}
	address := regexp.MustCompile(`\b\d+\.\d+\.\d+\.\d+\b`)
	for _, arg := range slices.Concat(etcdArgs(d), apiServerArgs(d, 6443), controllerManagerArgs(d)) {
		if found := address.FindString(arg); found != "" && !net.ParseIP(found).IsLoopback() && !strings.HasPrefix(arg, "--service-cluster-ip-range=") {
			t.Errorf("%s is about another address than loopback", arg)
		}
	}
}

func TestServiceAddressIsTheFirstOfItsRange(t *testing.T) {
	ip, network, err := net.ParseCIDR(serviceRange)
	if err != nil {
		t.Fatal(err)
	}
	first := slices.Clone(ip.To4())
	first[3]++
	if got := net.ParseIP(kubernetesServiceIP); !got.Equal(first) || !network.Contains(got) {
		t.Errorf("the service kubernetes has %s, want %s", got, first)
	}
}

func TestEnvironmentDoesNotConfigureEtcd(t *testing.T) {
	t.Setenv("ETCD_LISTEN_METRICS_URLS", "http://0.0.0.0:1")
	t.Setenv("CONTROLPLANE_KEPT", "yes")
	env := environment()
	if slices.ContainsFunc(env, func(v string) bool { return strings.HasPrefix(v, "ETCD_") }) {
		t.Errorf("the environment has etcd's variables: %q", env)
	}
	if !slices.Contains(env, "CONTROLPLANE_KEPT=yes") {
		t.Errorf("the environment lacks what is ours: %q", env)
	}
}

func TestFreePorts(t *testing.T) {
	ports, err := freePorts(3)
	if err != nil {
		t.Fatal(err)
	}
	for _, port := range ports { // all at once: none may come twice
		listener, err := net.Listen("tcp4", net.JoinHostPort(Loopback, strconv.Itoa(port)))
		if err != nil {
			t.Fatalf("the free port %d of %d: %v", port, ports, err)
		}
		defer listener.Close()
	}
}
