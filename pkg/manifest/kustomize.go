package manifest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"sigs.k8s.io/kustomize/api/konfig"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
)

// Kustomize builds the kustomization in a directory, as kubectl kustomize DIR
// does: no file from above the directory but other kustomizations, no plugins, no
// Helm. What would be fetched from elsewhere is refused: nothing here talks to the
// network or runs git. The text is that of all objects, for ParseTexts; name is what
// to call it there, as its lines are those of what kubectl kustomize prints.
//
// An error names the kustomization's file. The library warns of old fields on
// the process's standard error, as it does in kubectl. It has state of its own: call
// this from one goroutine at a time.
func Kustomize(dir string) (name string, text []byte, err error) {
	file, err := kustomization(dir)
	if err != nil {
		return "", nil, err
	}
	// An absolute path is never taken for a URL.
	root, err := filepath.Abs(dir)
	if err != nil {
		return "", nil, fmt.Errorf("building %s: %w", file, err)
	}
	files := &localFiles{FileSystem: filesys.MakeFsOnDisk()}
	options := krusty.MakeDefaultOptions()
	options.Reorder = krusty.ReorderOptionLegacy
	objects, err := krusty.MakeKustomizer(options).Run(files, root)
	if err == nil {
		text, err = objects.AsYaml()
	}
	switch {
	case files.refused != nil:
		return "", nil, fmt.Errorf("building %s: %w", file, files.refused)
	case err != nil:
		return "", nil, advice.Wrap(fmt.Errorf("building %s: %w", file, err), "mend it until kubectl kustomize %s prints the objects", dir)
	default:
		return "<kustomize " + dir + ">", text, nil
	}
}

// kustomization is the file of the kustomization in a directory.
func kustomization(dir string) (string, error) {
	info, err := os.Stat(dir)
	switch {
	case err != nil:
		return "", advice.Wrap(fmt.Errorf("reading kustomization: %w", err), "give a directory of this machine")
	case !info.IsDir():
		return "", advice.Errorf("give the directory that it is in", "reading kustomization: %s is no directory", dir)
	}
	names := konfig.RecognizedKustomizationFileNames()
	for _, name := range names {
		if file := filepath.Join(dir, name); exists(file) {
			return file, nil
		}
	}
	return "", advice.Errorf("give the directory of a kustomization, or read the files as they are with -f",
		"reading kustomization: directory %s has no %s", dir, strings.Join(names, ", "))
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}
