package fleet

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/hack/controlplane/internal/objects"
)

func TestEverySecretNamesAControlPlane(t *testing.T) {
	var asked []string
	for _, name := range []string{Master, Seed} {
		all, err := read(name)
		if err != nil {
			t.Fatal(err)
		}
		err = setKubeconfigs(all, func(name string) ([]byte, error) {
			asked = append(asked, name)
			return []byte("of " + name), nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, object := range all {
			data, _, _ := unstructured.NestedStringMap(object.Object, "data")
			for key, value := range data {
				if content, err := base64.StdEncoding.DecodeString(value); err != nil || !strings.HasPrefix(string(content), "of ") {
					t.Errorf("Secret %s has %s: %s, %v", object.GetName(), key, content, err)
				}
			}
		}
	}
	slices.Sort(asked)
	if want := []string{First, Master, Second, Seed}; !slices.Equal(asked, want) {
		t.Errorf("the Secrets name %q, want %q", asked, want)
	}
}

func TestSetKubeconfigsSaysWhichSecret(t *testing.T) {
	all, err := read(Seed)
	if err != nil {
		t.Fatal(err)
	}
	err = setKubeconfigs(all, func(string) ([]byte, error) { return nil, errors.New("no such control plane") })
	if err == nil || !strings.Contains(err.Error(), "filling Secret admin-kubeconfig: no such control plane") {
		t.Errorf("the error is %v", err)
	}
}

// Scripts apply the objects of testdata/kkp over those of the master: a difference would be a conflict.
func TestMasterAgreesWithTestdata(t *testing.T) {
	ours := map[string]*unstructured.Unstructured{}
	master, err := read(Master)
	if err != nil {
		t.Fatal(err)
	}
	for _, object := range master {
		ours[object.GetKind()+" "+object.GetName()] = object
	}
	for _, name := range []string{"base.yaml", "status.yaml"} {
		file, err := os.Open(filepath.Join("..", "..", "..", "..", "testdata", "kkp", name))
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		theirs, err := objects.Read(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, object := range theirs {
			mine := ours[object.GetKind()+" "+object.GetName()]
			if mine == nil {
				t.Errorf("the master has no %s %s", object.GetKind(), object.GetName())
				continue
			}
			for _, field := range []string{"spec", "status"} {
				want, _ := json.Marshal(object.Object[field])
				if got, _ := json.Marshal(mine.Object[field]); object.Object[field] != nil && string(got) != string(want) {
					t.Errorf("%s of %s %s is %s, in %s %s", field, mine.GetKind(), mine.GetName(), got, name, want)
				}
			}
		}
	}
}
