package enable

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
)

// onCluster is an object as a cluster with Gatekeeper has it.
func onCluster(apiVersion, kind, namespace, name string) *unstructured.Unstructured {
	made := &unstructured.Unstructured{Object: map[string]any{"status": map[string]any{}}}
	made.SetAPIVersion(apiVersion)
	made.SetKind(kind)
	made.SetNamespace(namespace)
	made.SetName(name)
	made.SetResourceVersion("7")
	return made
}

func objects() []*unstructured.Unstructured {
	return []*unstructured.Unstructured{
		onCluster("templates.gatekeeper.sh/v1", "ConstraintTemplate", "", "k"),
		onCluster("constraints.gatekeeper.sh/v1beta1", "K", "", "a.b"),
		onCluster("constraints.gatekeeper.sh/v1beta1", "L", "", "a.b"),
		onCluster("config.gatekeeper.sh/v1alpha1", "Config", "gatekeeper-system", "config"),
		onCluster("mutations.gatekeeper.sh/v1alpha1", "AssignImage", "", "tag"),
	}
}

func TestCopies(t *testing.T) {
	for folder, want := range map[string][]string{
		"": {"templates/k.yaml", "constraints/k.a.b.yaml", "constraints/l.a.b.yaml", "others/config.gatekeeper-system.config.yaml", "others/assignimage.tag.yaml"},
		"abc": {
			"abc/templates/k.yaml", "abc/constraints/k.a.b.yaml", "abc/constraints/l.a.b.yaml",
			"abc/others/config.gatekeeper-system.config.yaml", "abc/others/assignimage.tag.yaml",
		},
	} {
		files, err := copies(folder, objects())
		if err != nil {
			t.Fatal(err)
		}
		got := []string{}
		for _, file := range files {
			got = append(got, file.path)
			if _, kept := file.object.Object["status"]; kept || file.object.GetResourceVersion() != "" {
				t.Errorf("%s has fields of the server: %v", file.path, file.object)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
	for _, name := range []string{"../x", "x/y", "", ".", "X"} {
		if _, err := copies("abc", []*unstructured.Unstructured{onCluster("templates.gatekeeper.sh/v1", "ConstraintTemplate", "", name)}); err == nil {
			t.Errorf("%q became the name of a file", name)
		}
	}
}

func TestWrite(t *testing.T) {
	files, err := copies("abc", objects())
	if err != nil {
		t.Fatal(err)
	}
	for mode, want := range map[string]string{"none": "backed up 5 objects to ", "client": "would back up 5 objects to ", "server": "would back up 5 objects to "} {
		var errs bytes.Buffer
		c := newChange(&cli.Env{Err: &errs})
		c.backup, c.output.Mode = filepath.Join(t.TempDir(), "new"), mode
		if err := c.write(t.Context(), files); err != nil {
			t.Fatal(err)
		}
		if got := errs.String(); got != want+c.backup+"\n" {
			t.Errorf("%s: said %q", mode, got)
		}
		_, err := os.Stat(filepath.Join(c.backup, "abc/constraints/k.a.b.yaml"))
		if written := err == nil; written != (mode == "none") {
			t.Errorf("%s: written: %v", mode, written)
		}
	}
}

// TestWriteStops holds that an interruption is told, and what is left then.
func TestWriteStops(t *testing.T) {
	c := newChange(&cli.Env{Err: &bytes.Buffer{}})
	c.backup, c.output.Mode = filepath.Join(t.TempDir(), "new"), "none"
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.write(ctx, []copied{{"x.yaml", onCluster("v1", "K", "", "x")}}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if _, err := os.Stat(c.backup); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("something was written: %v", err)
	}
}
