package layers

import (
	"path"
	"slices"
	"strings"
)

const module = "github.com/kubectl-opa/kubectl-opa"

// room is a package of the house. It imports only rooms of lower rows and, of its own row, only its parents.
type room struct {
	row int
	// dir is relative to the module; <noun> stands for any name.
	dir string
}

// testsRow is above all others: nothing but tests imports a room of it.
const testsRow = 12

// rooms is the house, lowest row first, those that are planned too. Change docs/architecture.md together with it.
var rooms = []room{
	{0, "pkg/advice"},
	{0, "pkg/api/kubermatic/v1"},
	{0, "pkg/api/report/v1alpha1"},
	{0, "plugins"},
	{0, "pkg/internal/collector"},
	{1, "pkg/manifest"},
	{1, "pkg/policy"},
	{1, "pkg/ui"},
	{1, "pkg/resources"},
	{1, "pkg/encode"},
	{1, "pkg/projection"},
	{2, "pkg/compile"},
	{2, "pkg/imagepolicy"},
	{2, "pkg/redact"},
	{2, "pkg/engine/regodriver"},
	{2, "pkg/plan"},
	{3, "pkg/engine"},
	{3, "pkg/fleet"},
	{3, "pkg/kubequery"},
	{3, "pkg/kubequery/cassette"},
	{3, "pkg/kubequery/deployed"},
	{3, "pkg/kubequery/offline"},
	{3, "pkg/kubequery/leastrbac"},
	{3, "pkg/kubequery/server"},
	{3, "pkg/kubequery/setup"},
	{4, "pkg/review"},
	{4, "pkg/lint"},
	{4, "pkg/explain"},
	{4, "pkg/suite"},
	{4, "pkg/audit"},
	{4, "pkg/apply"},
	{4, "pkg/rollout"},
	{5, "pkg/impact"},
	{5, "pkg/platform"},
	{6, "pkg/kube"},
	{7, "pkg/cli"},
	{8, "pkg/cmd/internal/object"},
	{8, "pkg/cmd/internal/object/fields"},
	{8, "pkg/cmd/internal/object/gatekeeper"},
	{8, "pkg/cmd/internal/object/kkp"},
	{9, "pkg/cmd/<noun>"},
	{10, "pkg/cmd"},
	{11, "cmd/kubectl-opa"},
	{testsRow, "pkg/internal/layers"},
	{testsRow, "pkg/testcluster"},
	{testsRow, "pkg/kubequery/conformance"},
	{testsRow, "pkg/engine/conformance"},
}

// gate is a third-party dependency that stays behind few rooms, so that it can be replaced, and its types stay out of
// the rest.
type gate struct {
	name    string
	imports []string
	// rooms may import it, as may the packages below them.
	rooms []string
}

var gates = []gate{
	{"kustomize", []string{"sigs.k8s.io/kustomize"}, []string{"pkg/manifest"}},
	{
		"yaml",
		[]string{
			"sigs.k8s.io/yaml", "go.yaml.in/yaml", "gopkg.in/yaml.v2", "gopkg.in/yaml.v3", "github.com/goccy/go-yaml",
			"k8s.io/apimachinery/pkg/util/yaml",
		},
		[]string{"pkg/manifest"},
	},
	{"lipgloss", []string{"github.com/charmbracelet", "github.com/muesli/termenv"}, []string{"pkg/ui"}},
	{"frameworks", []string{"github.com/open-policy-agent/frameworks"}, []string{"pkg/compile", "pkg/engine"}},
	{"gatekeeper", []string{"github.com/open-policy-agent/gatekeeper"}, []string{"pkg/compile", "pkg/engine"}},
	{"opa", []string{"github.com/open-policy-agent/opa"}, []string{"pkg/compile", "pkg/projection", "pkg/engine", "pkg/kubequery"}},
	{
		"image references",
		[]string{"github.com/distribution/reference", "github.com/google/go-containerregistry"},
		[]string{"pkg/imagepolicy"},
	},
	{"client-go", []string{"k8s.io/client-go"}, []string{"pkg/kube"}},
	{"cobra", []string{"github.com/spf13"}, []string{"pkg/cli", "pkg/cmd"}},
	{"cli-runtime", []string{"k8s.io/cli-runtime"}, []string{"pkg/cli", "pkg/cmd"}},
}

// roomOf returns the room of a directory, an exact name before a pattern.
func roomOf(dir string) (room, bool) {
	for _, match := range []func(room) bool{
		func(r room) bool { return r.dir == dir },
		func(r room) bool {
			ok, err := path.Match(strings.ReplaceAll(r.dir, "<noun>", "*"), dir)
			return err == nil && ok
		},
	} {
		if i := slices.IndexFunc(rooms, match); i >= 0 {
			return rooms[i], true
		}
	}
	return room{}, false
}

// below reports whether name is parent or a path below it.
func below(name, parent string) bool {
	return name == parent || strings.HasPrefix(name, parent+"/")
}
