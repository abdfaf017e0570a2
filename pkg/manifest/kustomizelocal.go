package manifest

import (
	"bytes"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/api/konfig"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/filesys"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
)

// localFiles are the files of this machine as kustomize reads them. A file that
// has it fetch others from elsewhere is refused, which it takes for a missing one.
type localFiles struct {
	filesys.FileSystem
	// refused is why.
	refused error
}

// ReadFile reads a file, unless it refers to what is elsewhere.
func (f *localFiles) ReadFile(path string) ([]byte, error) {
	content, err := f.FileSystem.ReadFile(path)
	if err != nil || f.refused != nil {
		return content, err
	}
	references := []string{}
	if slices.Contains(konfig.RecognizedKustomizationFileNames(), filepath.Base(path)) {
		references = referencesOf(content)
	}
	for _, reference := range append(references, pluginReferences(content)...) {
		if f.isRemote(filepath.Dir(path), reference) {
			f.refused = advice.Errorf("fetch it yourself and refer to the files, for example with git clone, or kustomize localize",
				"%s refers to %s, and nothing is fetched from elsewhere", path, reference)
			return nil, f.refused
		}
	}
	return content, nil
}

// elsewhere are the ways to name a file or a repository that kustomize fetches;
// sigs.k8s.io/kustomize/api/internal/git has them.
var elsewhere = regexp.MustCompile(`(?i)^(git::)?((ssh|https?|file)://|[a-z][a-z0-9-]*@|github\.com[/:])`)

// isRemote tells whether a reference is fetched: it is like a URL, and no file.
func (f *localFiles) isRemote(dir, reference string) bool {
	if !elsewhere.MatchString(reference) {
		return false
	}
	if strings.Contains(reference, "://") {
		return true
	}
	file := filepath.Join(dir, reference)
	return !f.Exists(file) || f.IsDir(file)
}

// referencesOf are what a kustomization refers to. One that cannot be read has
// none: building it tells why.
func referencesOf(content []byte) []string {
	k := types.Kustomization{}
	if err := k.Unmarshal(content); err != nil {
		return nil
	}
	k.FixKustomization()
	all := slices.Concat(k.Resources, k.Components, k.Crds, k.Configurations, k.Generators, k.Transformers, k.Validators)
	for _, patch := range slices.Concat(k.Patches, k.PatchesJson6902) { //nolint:staticcheck // what is deprecated is still read.
		all = append(all, patch.Path)
	}
	for _, patch := range k.PatchesStrategicMerge { //nolint:staticcheck // what is deprecated is still read.
		all = append(all, string(patch))
	}
	for _, replacement := range k.Replacements {
		all = append(all, replacement.Path)
	}
	sources := []types.KvPairSources{}
	for _, generator := range k.ConfigMapGenerator {
		sources = append(sources, generator.KvPairSources)
	}
	for _, generator := range k.SecretGenerator {
		sources = append(sources, generator.KvPairSources)
	}
	for _, source := range sources {
		all = append(all, source.EnvSources...)
		for _, file := range source.FileSources {
			all = append(all, withoutKey(file))
		}
	}
	for _, text := range slices.Concat(k.Generators, k.Transformers, k.Validators) {
		all = append(all, pluginReferences([]byte(text))...)
	}
	return append(all, k.OpenAPI["path"])
}

// pluginReferences are what the configurations of kustomize's own plugins in a
// text refer to.
func pluginReferences(content []byte) []string {
	const plugin = "builtin"
	if !bytes.Contains(content, []byte(plugin)) {
		return nil
	}
	all := []string{}
	for d, err := range ParseStream("", bytes.NewReader(content), Options{}) {
		if err == nil && d.Value["apiVersion"] == plugin {
			all = append(all, filesIn(d.Value)...)
		}
	}
	return all
}

// filesIn are the texts below fields that plugins read files by.
func filesIn(value any) []string {
	all := []string{}
	switch value := value.(type) {
	case []any:
		for _, item := range value {
			all = append(all, filesIn(item)...)
		}
	case map[string]any:
		for key, field := range value {
			switch key {
			case "path", "paths", "files", "env", "envs", "targetFilePath":
				all = append(all, textsIn(field)...)
			default:
				all = append(all, filesIn(field)...)
			}
		}
	}
	return all
}

func textsIn(value any) []string {
	switch value := value.(type) {
	case string:
		return []string{value, withoutKey(value)}
	case []any:
		all := []string{}
		for _, item := range value {
			all = append(all, textsIn(item)...)
		}
		return all
	default:
		return nil
	}
}

// withoutKey is the file of a generator's source, which may have a key in front.
func withoutKey(source string) string { return source[strings.IndexByte(source, '=')+1:] }
