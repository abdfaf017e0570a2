package offline

import (
	"errors"
	"io"
	"strings"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
)

// ErrNoObjects says that what was read has no object that could be asked for.
var ErrNoObjects = errors.New("no objects")

// Load reads files, directories (their YAML and JSON files, in all folders
// below) and standard input ("-"): manifests, also as Lists, or trees as
// kube-mgmt replicates a cluster into OPA. See New for what is an error.
func Load(paths []string, stdin io.Reader) (*Cluster, error) {
	documents, err := manifest.Load(paths, stdin)
	if errors.Is(err, manifest.ErrNoDocuments) {
		return nil, nothing(paths, 0)
	}
	if err != nil {
		return nil, err
	}
	cluster, err := New(documents)
	if errors.Is(err, ErrNoObjects) {
		return nil, nothing(paths, len(documents))
	}
	return cluster, err
}

func nothing(paths []string, documents int) error {
	names := []string{}
	for _, path := range paths {
		names = append(names, manifest.Position{File: path}.String())
	}
	return advice.Errorf(`give manifests, "kubectl get -o yaml" of a cluster, or a tree as kube-mgmt has it`,
		"%w in %s (documents read: %d)", ErrNoObjects, strings.Join(names, ", "), documents)
}

// New makes a cluster of documents, whose values it keeps. What could not be
// applied as it is, is an error that names its place: an object without type or
// name, two of the same identity, a namespace where there can be none, a label
// that is no string, a CRD that defines nothing. Without any object the error
// is ErrNoObjects.
func New(documents []manifest.Document) (*Cluster, error) {
	catalogue, err := newCatalogue()
	if err != nil {
		return nil, err
	}
	all, err := collect(catalogue, documents)
	if err != nil {
		return nil, err
	}
	count, err := place(catalogue, all)
	if err != nil {
		return nil, err
	}
	if count == 0 {
		return nil, ErrNoObjects
	}
	return newCluster(catalogue), nil
}

// collect finds the objects of documents, those of trees first: these say what
// their resource is called. CRDs are taken into the catalogue.
func collect(catalogue *catalogue, documents []manifest.Document) ([]found, error) {
	manifests, trees := []found{}, []tree{}
	for _, d := range documents {
		if !isTree(d) {
			manifests = append(manifests, found{value: d.Value, at: d.Position})
			continue
		}
		t, err := readTree(d)
		if err != nil {
			return nil, err
		}
		trees = append(trees, t)
	}
	if err := define(catalogue, manifests); err != nil {
		return nil, err
	}
	for _, t := range trees {
		crds, err := t.definitions().objects(catalogue.index())
		if err != nil {
			return nil, err
		}
		if err := define(catalogue, crds); err != nil {
			return nil, err
		}
	}
	all := []found{}
	index := catalogue.index()
	for _, t := range trees {
		objects, err := t.objects(index)
		if err != nil {
			return nil, err
		}
		all = append(all, objects...)
	}
	return append(all, manifests...), nil
}

// define takes the CRDs among objects into the catalogue.
func define(catalogue *catalogue, objects []found) error {
	for _, f := range objects {
		if err := f.complete(); err != nil {
			return err
		}
		gvk, err := f.groupVersionKind()
		if err != nil {
			return err
		}
		if gvk.GroupKind() != definitions {
			continue
		}
		k, err := defined(f)
		if err != nil {
			return err
		}
		if err := catalogue.define(k); err != nil {
			return err
		}
	}
	return nil
}
