package main

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	admissionv1 "k8s.io/api/admission/v1"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-opa/kubectl-opa/pkg/imagepolicy"
)

// tableCase is a case of one of the files in testdata/conformance.
type tableCase struct {
	file, name, namespace string
	prefixes              []string
	operation             admissionv1.Operation
	old, images           map[string]string
	// messages are those of the flavor, by the kinds of containers.
	flavor   imagepolicy.Flavor
	messages map[string]string
}

// kinds are the lists of containers, and what messages call what is in them.
var kinds = []struct{ name, title string }{
	{imagepolicy.Containers, ""}, {imagepolicy.InitContainers, "init "}, {imagepolicy.EphemeralContainers, "ephemeral "},
}

func readCases(t *testing.T, name string, cases any) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, "testdata/conformance", name))
	if err == nil {
		err = yaml.UnmarshalStrict(data, cases)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func kkpCases(t *testing.T) []*tableCase {
	t.Helper()
	const name = "registry-kkp.yaml"
	var file struct {
		Cases []struct {
			Name     string            `json:"name"`
			Prefixes []string          `json:"prefixes"`
			Images   map[string]string `json:"images"`
			Messages map[string]string `json:"messages"`
		} `json:"cases"`
	}
	readCases(t, name, &file)
	cases := []*tableCase{}
	for _, c := range file.Cases {
		cases = append(cases, &tableCase{
			file: name, name: c.Name, prefixes: c.Prefixes, images: c.Images,
			operation: admissionv1.Create, flavor: imagepolicy.FlavorKKP, messages: c.Messages,
		})
	}
	return cases
}

func hardenedCases(t *testing.T) []*tableCase {
	t.Helper()
	const name = "registry-hardened.yaml"
	var file struct {
		Cases []struct {
			Name      string                `json:"name"`
			Prefixes  []string              `json:"prefixes"`
			Operation admissionv1.Operation `json:"operation"`
			Old       map[string]string     `json:"old"`
			Images    map[string]string     `json:"images"`
			Message   string                `json:"message"`
		} `json:"cases"`
	}
	readCases(t, name, &file)
	cases := []*tableCase{}
	for _, c := range file.Cases {
		tc := &tableCase{
			file: name, name: c.Name, prefixes: c.Prefixes, images: c.Images, old: c.Old,
			operation: c.Operation, flavor: imagepolicy.FlavorHardened, messages: map[string]string{},
		}
		if c.Operation == "" {
			tc.operation = admissionv1.Create
		}
		if tc.operation == admissionv1.Create {
			// Nobody can give an old object when a Pod is made.
			tc.old = nil
		}
		for _, kind := range kinds {
			if c.Message != "" {
				tc.messages[kind.name] = kind.title + c.Message
			}
		}
		cases = append(cases, tc)
	}
	return cases
}

// constrained tells whether the case has a constraint. Without a registry KKP
// has none, and neither has the plugin; somebody may write one all the same,
// and the hardened file says what is decided then.
func (tc *tableCase) constrained(flavor imagepolicy.Flavor) bool {
	return len(tc.prefixes) > 0 || tc.flavor == imagepolicy.FlavorHardened && flavor == imagepolicy.FlavorHardened
}

// container is a name and an image.
type container [2]string

func sorted(images map[string]string) []container {
	list := []container{}
	for _, name := range slices.Sorted(maps.Keys(images)) {
		list = append(list, container{name, images[name]})
	}
	return list
}
