package fleet

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/hack/controlplane/internal/cluster"
)

func definition(name string) *unstructured.Unstructured {
	object := &unstructured.Unstructured{}
	object.SetName(name)
	return object
}

func TestCheck(t *testing.T) {
	others := []*unstructured.Unstructured{definition("clusters.example.com")}
	if err := Check(others); err == nil || !strings.Contains(err.Error(), "--crds") {
		t.Errorf("without KKP's definitions: %v, want an error that says what to do", err)
	}
	if err := Check(append(others, definition("clusters.kubermatic.k8c.io"))); err != nil {
		t.Error(err)
	}
}

func TestStartSaysWhichOneFailed(t *testing.T) {
	broken := filepath.Join(t.TempDir(), "etcd")
	if err := os.WriteFile(broken, []byte("#!/bin/sh\necho no disk\nexit 1\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	f, err := Start(t.Context(), Options{Programs: cluster.Programs{Etcd: broken}})
	if err == nil {
		t.Fatalf("Start = %v, want an error", f)
	}
	named := slices.ContainsFunc([]string{Master, Seed, First, Second}, func(name string) bool {
		return strings.Contains(err.Error(), "starting "+name+": ")
	})
	if !named || !strings.Contains(err.Error(), "no disk") {
		t.Errorf("the error is %v", err)
	}
}

func TestStartIsGivenUpWithItsContext(t *testing.T) {
	reason := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(reason)
	if f, err := Start(ctx, Options{Programs: cluster.Programs{Etcd: "/bin/cat"}}); !errors.Is(err, reason) {
		t.Errorf("Start = %v, %v, want %v", f, err, reason)
	}
}
