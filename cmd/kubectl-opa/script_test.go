package main

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/kubectl-opa/kubectl-opa/pkg/testcluster"
)

const (
	root    = "../.."
	scripts = root + "/testdata/script"
)

var (
	update = flag.Bool("update", false, "write what the scripts printed into their golden files")
	demo   = flag.Bool("demo", false, "print the commands that a script shows, and what they print, as they run")
	plugin = flag.String("plugin", "", "a folder with the kubectl-opa and kubectl_complete-opa to test, instead of this binary")
)

// TestMain lets this test binary also be the plugin: scripts, and the real
// kubectl, find it under these names in PATH, unless there is another plugin to
// test: kubectl warns of two. on-terminal is what answer runs, repeat-until what
// eventually runs; transcript runs many commands.
func TestMain(m *testing.M) {
	commands := map[string]func(){
		"kubectl-opa":          main,
		"kubectl_complete-opa": main,
		"on-terminal":          onTerminal,
		"repeat-until":         repeatUntil,
		"transcript":           runTranscript,
	}
	// Under one of these names the arguments are not those of a test.
	if commands[strings.TrimSuffix(filepath.Base(os.Args[0]), ".exe")] == nil {
		flag.Parse()
		if *plugin != "" {
			delete(commands, "kubectl-opa")
			delete(commands, "kubectl_complete-opa")
		}
	}
	testscript.Main(m, commands)
}

// TestOffline runs the scripts that need no cluster: there is no kubeconfig.
func TestOffline(t *testing.T) {
	testscript.Run(t, params(filepath.Join(scripts, "offline"), nil))
}

// TestCluster runs the scripts that need a KKP master and seed, with our CRDs
// and, where they are at hand, with KKP's own.
func TestCluster(t *testing.T) {
	for name, crds := range crdFolders(t) {
		t.Run(name, func(t *testing.T) {
			t.Run("shared", func(t *testing.T) {
				cluster := start(t, crds)
				testscript.Run(t, params(filepath.Join(scripts, "shared"), cluster))
			})
			eachAlone(t, "alone", func(t *testing.T) *testcluster.Cluster { return start(t, crds) })
		})
	}
}

// TestGatekeeper runs the scripts that need a cluster with Gatekeeper, and
// without KKP.
func TestGatekeeper(t *testing.T) {
	eachAlone(t, "gatekeeper", func(t *testing.T) *testcluster.Cluster {
		cluster := startCluster(t, testcluster.Options{Gatekeeper: true})
		apply(t, cluster, cluster.Kubeconfig, "testdata/gatekeeper/roles.yaml")
		return cluster
	})
}

// TestBoth runs the scripts that need KKP and Gatekeeper on one cluster.
func TestBoth(t *testing.T) {
	for name, crds := range crdFolders(t) {
		t.Run(name, func(t *testing.T) {
			eachAlone(t, "both", func(t *testing.T) *testcluster.Cluster {
				cluster := startCluster(t, testcluster.Options{CRDs: []string{absolute(t, crds)}, Gatekeeper: true})
				applyMaster(t, cluster)
				apply(t, cluster, cluster.Kubeconfig, "testdata/gatekeeper/roles.yaml")
				return cluster
			})
		})
	}
}

// TestBare runs the scripts that need a cluster with nothing on it.
func TestBare(t *testing.T) {
	eachAlone(t, "bare", func(t *testing.T) *testcluster.Cluster { return startCluster(t, testcluster.Options{}) })
}

// TestFleet runs the scripts that need a KKP installation of several clusters.
func TestFleet(t *testing.T) {
	for name, crds := range crdFolders(t) {
		t.Run(name, func(t *testing.T) {
			eachAlone(t, "fleet", func(t *testing.T) *testcluster.Cluster { return startFleet(t, crds) })
		})
	}
}

// eachAlone runs each script of a folder on a cluster of its own.
func eachAlone(t *testing.T, folder string, start func(*testing.T) *testcluster.Cluster) {
	files, err := filepath.Glob(filepath.Join(scripts, folder, "*.txtar"))
	if err != nil || len(files) == 0 {
		t.Fatalf("finding scripts: %v", err)
	}
	for _, script := range files {
		t.Run(strings.TrimSuffix(filepath.Base(script), ".txtar"), func(t *testing.T) {
			p := params("", start(t))
			p.Files = []string{script}
			testscript.Run(t, p)
		})
	}
}

// params are what all scripts have: the cluster's kubeconfig (none offline; in a
// fleet the master's, and SEED_KUBECONFIG for that of seed), a namespace of their own in $NS, our folders, and our commands.
func params(dir string, cluster *testcluster.Cluster) testscript.Params {
	return testscript.Params{
		Dir:                 dir,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       *update,
		Setup: func(env *testscript.Env) error {
			env.Setenv("HOME", env.WorkDir)
			env.Setenv("NO_COLOR", "1")
			for name, folder := range map[string]string{"EXAMPLES": "examples", "PLUGINS": "plugins"} {
				path, err := filepath.Abs(filepath.Join(root, folder))
				if err != nil {
					return err
				}
				env.Setenv(name, path)
			}
			if *plugin != "" {
				prepend(env, *plugin)
			}
			if cluster == nil {
				return nil
			}
			env.Values[proxyKey{}] = &traffic{}
			env.Setenv("KUBECONFIG", cluster.Kubeconfig)
			for name, member := range cluster.Clusters {
				if member.Kubeconfig != cluster.Kubeconfig {
					env.Setenv(strings.ToUpper(name)+"_KUBECONFIG", member.Kubeconfig)
				}
			}
			env.Setenv("SERVER", cluster.Server)
			env.Setenv("NS", "ns-"+strings.ToLower(filepath.Base(env.WorkDir)))
			prepend(env, filepath.Dir(cluster.Kubectl))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"cmpopen":    cmpOpen,
			"show":       showCommand,
			"say":        say,
			"exit":       exitCode,
			"answer":     answer,
			"proxy":      proxy,
			"writes":     writes,
			"written":    written,
			"refused":    refused,
			"eventually": eventually,
		},
	}
}

func prepend(env *testscript.Env, folder string) {
	env.Setenv("PATH", folder+string(filepath.ListSeparator)+env.Getenv("PATH"))
}
