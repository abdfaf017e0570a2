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
	Gatekeeper        = "gatekeeper"
	// GatekeeperManifest is no program: it is what Gatekeeper's release tells users to apply.
	GatekeeperManifest = "gatekeeper.yaml"
)

const (
	etcdModule       = "go.etcd.io/etcd/server/v3"
	gatekeeperModule = "github.com/open-policy-agent/gatekeeper/v3"
	kubernetesModule = "k8s.io/kubernetes"
)

// A program is a main package of a module that our go.mod requires, or a file that stands beside one.
type program struct {
	name     string
	module   string
	pkg      string
	duration string // of the first build on two cores, for people
	file     string // path in the folder of pkg; it is copied, and nothing is built
}

// programs are in the order in which they are built: the quick ones first, so that a mistake shows early.
var programs = []program{
	{name: GatekeeperManifest, module: gatekeeperModule, pkg: gatekeeperModule, duration: "a moment", file: "deploy/gatekeeper.yaml"},
	{name: Etcd, module: etcdModule, pkg: etcdModule, duration: "about a minute"},
	{name: Kubectl, module: kubernetesModule, pkg: kubernetesModule + "/cmd/kubectl", duration: "about two minutes"},
	{name: Gatekeeper, module: gatekeeperModule, pkg: gatekeeperModule, duration: "about two minutes"},
	{name: KubeAPIServer, module: kubernetesModule, pkg: kubernetesModule + "/cmd/kube-apiserver", duration: "about three minutes"},
	{name: ControllerManager, module: kubernetesModule, pkg: kubernetesModule + "/cmd/kube-controller-manager", duration: "about two minutes"},
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

// buildFlags are the flags of go build. Neither Kubernetes nor Gatekeeper knows its own version unless the linker tells it, and
// clients refuse a server whose version they cannot parse. The tags are those of Kubernetes' releases; they make smaller
// binaries. The compiler need not write what the linker strips: a tenth of the time.
func buildFlags(versions map[string]string) []string {
	kubernetes := versions[kubernetesModule]
	major, minor, _ := strings.Cut(strings.TrimPrefix(semver.MajorMinor(kubernetes), "v"), ".")
	ldflags := []string{"-s", "-w"}
	for _, pkg := range []string{"k8s.io/component-base/version", "k8s.io/client-go/pkg/version"} {
		for _, set := range [][2]string{
			{"gitVersion", kubernetes}, {"gitMajor", major}, {"gitMinor", minor}, {"gitTreeState", "archive"},
		} {
			ldflags = append(ldflags, "-X", pkg+"."+set[0]+"="+set[1])
		}
	}
	ldflags = append(ldflags, "-X", gatekeeperModule+"/pkg/version.Version="+versions[gatekeeperModule])
	return []string{
		"-trimpath", "-buildvcs=false", "-tags=grpcnotrace,notest",
		"-gcflags=all=-dwarf=false", "-ldflags=" + strings.Join(ldflags, " "),
	}
}
