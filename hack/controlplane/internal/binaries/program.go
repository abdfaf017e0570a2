// Package binaries provides the programs of a control plane: built once from source into a cache folder of the repository,
// or taken from the folder that KUBEBUILDER_ASSETS names.
package binaries

import (
	"fmt"
	"strings"

	"golang.org/x/mod/semver"
)

// The names of the programs, as files.
const (
	Etcd              = "etcd"
	KubeAPIServer     = "kube-apiserver"
	ControllerManager = "kube-controller-manager"
	Kubectl           = "kubectl"
)

const (
	etcdModule       = "go.etcd.io/etcd/server/v3"
	kubernetesModule = "k8s.io/kubernetes"
)

// A program is a main package of a module that our go.mod requires.
type program struct {
	name     string
	module   string
	pkg      string
	duration string // of the first build on two cores, for people
}

// programs are in the order in which they are built: the quick ones first, so that a mistake shows early.
var programs = []program{
	{Etcd, etcdModule, etcdModule, "about a minute"},
	{Kubectl, kubernetesModule, kubernetesModule + "/cmd/kubectl", "about two minutes"},
	{KubeAPIServer, kubernetesModule, kubernetesModule + "/cmd/kube-apiserver", "about three minutes"},
	{ControllerManager, kubernetesModule, kubernetesModule + "/cmd/kube-controller-manager", "about two minutes"},
}

// Names lists all programs, in the order in which they are built.
func Names() []string {
	names := make([]string, 0, len(programs))
	for _, p := range programs {
		names = append(names, p.name)
	}
	return names
}

func find(name string) (program, error) {
	for _, p := range programs {
		if p.name == name {
			return p, nil
		}
	}
	return program{}, fmt.Errorf("finding program %q: it must be one of %s", name, strings.Join(Names(), ", "))
}

// buildFlags are the flags of go build. Kubernetes does not know its own version unless the linker tells it, and clients
// refuse a server whose version they cannot parse. The tags are those of Kubernetes' releases; they make smaller binaries. The
// compiler need not write what the linker strips: a tenth of the time.
func buildFlags(kubernetesVersion string) []string {
	major, minor, _ := strings.Cut(strings.TrimPrefix(semver.MajorMinor(kubernetesVersion), "v"), ".")
	ldflags := []string{"-s", "-w"}
	for _, pkg := range []string{"k8s.io/component-base/version", "k8s.io/client-go/pkg/version"} {
		for _, set := range [][2]string{
			{"gitVersion", kubernetesVersion}, {"gitMajor", major}, {"gitMinor", minor}, {"gitTreeState", "archive"},
		} {
			ldflags = append(ldflags, "-X", pkg+"."+set[0]+"="+set[1])
		}
	}
	return []string{
		"-trimpath", "-buildvcs=false", "-tags=grpcnotrace,notest",
		"-gcflags=all=-dwarf=false", "-ldflags=" + strings.Join(ldflags, " "),
	}
}
