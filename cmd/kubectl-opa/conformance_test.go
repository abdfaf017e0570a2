package main

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery/conformance"
	"github.com/kubectl-opa/kubectl-opa/pkg/testcluster"
)

// TestConformance runs the cases of testdata/conformance/query through the
// command, each on every engine that it holds for.
func TestConformance(t *testing.T) {
	files, err := conformance.Load(os.DirFS(filepath.Join(root, "testdata/conformance/query")))
	if err != nil {
		t.Fatal(err)
	}
	cluster := startCluster(t, testcluster.Options{})
	create(t, cluster, files)
	cache := t.TempDir()
	deployed := newDeployments(t, cluster, cache)
	t.Run("a list right after a write", func(t *testing.T) { afterWrites(t, cluster, cache, deployed) })
	for _, file := range files {
		t.Run(file.Name, func(t *testing.T) {
			manifests := writeManifests(t, file)
			for i, c := range file.Cases {
				t.Run(c.Name, func(t *testing.T) {
					run := &conformanceRun{
						Case: c, kubeconfig: cluster.Kubeconfig, cache: cache, manifests: manifests,
						folder: filepath.Join(t.TempDir(), strconv.Itoa(i)), deployed: deployed,
					}
					run.write(t)
					for name, engine := range conformanceEngines {
						if !c.For(name) {
							continue
						}
						t.Run(name, func(t *testing.T) {
							if problem := c.Judge(engine(t, run)); problem != "" {
								t.Errorf("%s\n%s", problem, c.Module())
							}
						})
					}
				})
			}
		})
	}
}
