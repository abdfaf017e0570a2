package kube

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic/fake"
	clienttesting "k8s.io/client-go/testing"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/platform"
)

var things = schema.GroupVersionResource{Group: "example.com", Version: "v1", Resource: "things"}

// modified is what the server says where somebody else wrote in between.
func modified() error {
	return apierrors.NewConflict(things.GroupResource(), "a", errors.New("the object has been modified"))
}

// fieldConflict is what the server says to an apply of fields of these managers.
func fieldConflict(managers ...string) error {
	causes := []metav1.StatusCause{}
	for _, manager := range managers {
		causes = append(causes, metav1.StatusCause{
			Type: metav1.CauseTypeFieldManagerConflict, Field: ".spec.a", Message: fmt.Sprintf("conflict with %q using example.com/v1", manager),
		})
	}
	return apierrors.NewApplyConflict(causes, "apply failed")
}

// crowded is a client whose patches meet other writers so many times.
func crowded(t *testing.T, conflicts int) (client *Client, patches *int) {
	t.Helper()
	thing := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "example.com/v1", "kind": "Thing", "metadata": map[string]any{"name": "a", "resourceVersion": "1"},
	}}
	server, patches := fake.NewSimpleDynamicClient(runtime.NewScheme(), thing), new(int)
	server.PrependReactor("patch", "things", func(clienttesting.Action) (bool, runtime.Object, error) {
		if *patches++; *patches <= conflicts {
			return true, nil, modified()
		}
		return true, thing, nil
	})
	return &Client{dynamic: server}, patches
}

func setField(object *unstructured.Unstructured) error {
	return unstructured.SetNestedField(object.Object, true, "spec", "a")
}

// TestPatchIsPatient wants as many writers to get through as there are
// attempts, within a time that people wait.
func TestPatchIsPatient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, patches := crowded(t, attempts-1)
		started := time.Now()
		_, _, err := client.Patch(t.Context(), platform.Place{GroupVersionResource: things}, "a", ChangeOptions{}, setField)
		if took := time.Since(started); err != nil || *patches != attempts || took <= 0 || took > attempts*longestPause {
			t.Errorf("%d patches in %s: %v", *patches, took, err)
		}
	})
}

func TestPatchGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, patches := crowded(t, 1000)
		_, _, err := client.Patch(t.Context(), platform.Place{GroupVersionResource: things}, "a", ChangeOptions{}, setField)
		const want = `changing things.example.com "a": others keep changing it: ` +
			`Operation cannot be fulfilled on things.example.com "a": the object has been modified`
		if *patches != attempts || err == nil || err.Error() != want {
			t.Errorf("%d patches: %v", *patches, err)
		}
		if diff := cmp.Diff([]string{"run the command again: this object is as the others left it"}, advice.Next(err)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestAgainStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		tries := 0
		err := again(ctx, func() error {
			tries++
			cancel()
			return modified()
		})
		if tries != 1 || !errors.Is(err, context.Canceled) {
			t.Errorf("%d tries: %v", tries, err)
		}
	})
}

func TestTransient(t *testing.T) {
	for name, tc := range map[string]struct {
		err  error
		want bool
	}{
		"nothing":                {nil, false},
		"another error":          {errors.New("broken"), false},
		"another write":          {modified(), true},
		"another manager":        {fieldConflict("other"), false},
		"us at another place":    {fieldConflict(FieldManager, FieldManager), true},
		"us and another manager": {fieldConflict(FieldManager, "other"), false},
		"a name that begins so":  {fieldConflict(FieldManager + "-2"), false},
	} {
		if got := transient(tc.err); got != tc.want {
			t.Errorf("%s: want %v, found %v", name, tc.want, got)
		}
	}
}
