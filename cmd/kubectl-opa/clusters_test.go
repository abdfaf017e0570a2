package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/kubectl-opa/kubectl-opa/pkg/testcluster"
)

// crdFolders are the sets of CRDs to test with. KKP's own are not part of this
// repository; KKP_CRDS names their folder.
func crdFolders(t *testing.T) map[string]string {
	folders := map[string]string{"ours": filepath.Join(root, "testdata/crds/kubermatic")}
	theirs := os.Getenv("KKP_CRDS")
	if theirs == "" {
		theirs = filepath.Join(root, "../shared/kkp/crds")
		if _, err := os.Stat(theirs); err != nil {
			t.Log("not run with KKP's own CRDs: KKP_CRDS does not name their folder")
			return folders
		}
	}
	folders["kkp"] = theirs
	return folders
}

// start starts a control plane with a KKP master and seed on it, until the
// test and its scripts end.
func start(t *testing.T, crds string) *testcluster.Cluster {
	t.Helper()
	cluster := startCluster(t, testcluster.Options{CRDs: []string{absolute(t, crds)}})
	applyMaster(t, cluster)
	return cluster
}

// startFleet starts a KKP installation of four control planes. What a master has
// for the other scripts, it has here too.
func startFleet(t *testing.T, crds string) *testcluster.Cluster {
	t.Helper()
	cluster := startCluster(t, testcluster.Options{CRDs: []string{absolute(t, crds)}, Fleet: true})
	applyMaster(t, cluster)
	apply(t, cluster, cluster.Clusters["seed"].Kubeconfig, "testdata/kkp/roles.yaml")
	apply(t, cluster, cluster.Clusters["second"].Kubeconfig, "testdata/gatekeeper/roles.yaml")
	return cluster
}

func absolute(t *testing.T, folder string) string {
	t.Helper()
	path, err := filepath.Abs(folder)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// startCluster starts a control plane until the test and its scripts end.
func startCluster(t *testing.T, options testcluster.Options) *testcluster.Cluster {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	cluster, err := testcluster.Start(ctx, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cluster.Stop(); err != nil {
			t.Error(err)
		}
	})
	return cluster
}

func applyMaster(t *testing.T, cluster *testcluster.Cluster) {
	t.Helper()
	apply(t, cluster, cluster.Kubeconfig, "testdata/kkp/base.yaml")
	apply(t, cluster, cluster.Kubeconfig, "testdata/kkp/roles.yaml")
	apply(t, cluster, cluster.Kubeconfig, "testdata/kkp/status.yaml", "--subresource=status")
}

// apply gives a cluster, or one of a fleet, what it has before its scripts run.
func apply(t *testing.T, cluster *testcluster.Cluster, kubeconfig, file string, flags ...string) {
	t.Helper()
	args := append([]string{"apply", "--server-side", "--kubeconfig", kubeconfig, "-f", filepath.Join(root, file)}, flags...)
	if output, err := exec.Command(cluster.Kubectl, args...).CombinedOutput(); err != nil {
		t.Fatalf("applying %s: %v\n%s", file, err, output)
	}
}
