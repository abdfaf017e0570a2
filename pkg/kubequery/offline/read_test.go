package offline_test

import (
	"context"
	"encoding/json"
	"io/fs"
	"testing"
	"testing/fstest"

	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery"
	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery/offline"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
)

// files are files by their names.
type files map[string]string

// documents reads files in the order of their names.
func documents(t testing.TB, texts files) []manifest.Document {
	t.Helper()
	fsys := fstest.MapFS{}
	for name, text := range texts {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	all := []manifest.Document{}
	err := fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		file, err := fsys.Open(name)
		if err != nil {
			return err
		}
		defer file.Close()
		found, err := manifest.Parse(name, file)
		all = append(all, found...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func cluster(t testing.TB, texts files) *offline.Cluster {
	t.Helper()
	c, err := offline.New(documents(t, texts))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// answer is a response whose body was read.
type answer struct {
	Status string
	Body   map[string]any
}

// ask resolves a word and asks for it; the request says the rest.
func ask(t testing.TB, c *offline.Cluster, word string, request kubequery.Request) answer {
	t.Helper()
	resource, err := c.Resolve(context.Background(), word)
	if err != nil {
		t.Fatal(err)
	}
	request.Resource = resource
	response, err := c.Do(context.Background(), request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	a := answer{Status: response.Status}
	if err := json.NewDecoder(response.Body).Decode(&a.Body); err != nil {
		t.Fatal(err)
	}
	return a
}

// keys are the objects of a list, as namespace/name.
func (a answer) keys() []string {
	keys := []string{}
	items, _ := a.Body["items"].([]any)
	for _, item := range items {
		metadata := item.(map[string]any)["metadata"].(map[string]any)
		key, _ := metadata["name"].(string)
		if namespace, ok := metadata["namespace"].(string); ok {
			key = namespace + "/" + key
		}
		keys = append(keys, key)
	}
	return keys
}

// listed asks for all objects of a resource.
func listed(t testing.TB, c *offline.Cluster, word string) []string {
	t.Helper()
	return ask(t, c, word, kubequery.Request{}).keys()
}
