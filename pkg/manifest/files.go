package manifest

import (
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
)

// extensions are the file names that a directory is searched for.
var extensions = []string{".yaml", ".yml", ".json"}

// walk finds the manifests of a directory.
type walk struct {
	options Options
	yield   func(string, error) bool
	// above are the directories that lead here.
	above []fs.FileInfo
	found bool
}

// Files are the files that paths stand for, in the order in which Stream reads
// them: those that are given, and the manifests of directories. What cannot be
// read is an error in its place. It tells Options.Skipped of what is passed over.
func Files(paths []string, options Options) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for _, path := range paths {
			for file, err := range files(path, options) {
				if !yield(file, err) {
					return
				}
			}
		}
	}
}

// files are the files that a path stands for: itself, or the manifests of a
// directory. Links are followed; one that leads back is an error.
func files(path string, options Options) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		if path == "-" {
			yield(path, nil)
			return
		}
		info, err := os.Stat(path)
		switch {
		case err != nil:
			yield("", fmt.Errorf("reading file: %w", err))
		case !info.IsDir():
			yield(path, nil)
		default:
			w := walk{options: options, yield: yield}
			if w.dir(path, info) && !w.found {
				options.skip(Position{File: path}, "the directory has no manifests (*"+strings.Join(extensions, ", *")+")")
			}
		}
	}
}

// dir visits a directory. Like all of them it is false to end the walk.
func (w *walk) dir(path string, info fs.FileInfo) bool {
	same := func(above fs.FileInfo) bool { return os.SameFile(above, info) }
	if slices.ContainsFunc(w.above, same) {
		w.found = true
		return w.yield("", advice.Errorf("remove the link, or give the directories below it one by one",
			"reading directory: %s is a link that leads back to a directory above it", path))
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		w.found = true
		if !w.yield("", fmt.Errorf("reading directory: %w", err)) {
			return false
		}
	}
	w.above = append(w.above, info)
	defer func() { w.above = w.above[:len(w.above)-1] }()
	for _, entry := range entries {
		if !w.entry(filepath.Join(path, entry.Name()), entry) {
			return false
		}
	}
	return true
}

func (w *walk) entry(path string, entry fs.DirEntry) bool {
	if strings.HasPrefix(entry.Name(), "..") {
		// A volume of a ConfigMap has its files a second and a third time there.
		w.options.skip(Position{File: path}, "Kubernetes keeps the versions of a volume there")
		return true
	}
	mode, wanted := entry.Type(), w.wanted(path)
	if mode&fs.ModeSymlink != 0 {
		info, err := os.Stat(path)
		switch {
		case err == nil && info.IsDir():
			return w.dir(path, info)
		case err == nil:
			mode = info.Mode()
		case wanted:
			w.found = true
			return w.yield("", fmt.Errorf("reading file: %w", err))
		}
	}
	if entry.IsDir() {
		info, err := entry.Info()
		if err != nil {
			return w.yield("", fmt.Errorf("reading directory: %w", err))
		}
		return w.dir(path, info)
	}
	if !wanted {
		return true
	}
	w.found = true
	if !mode.IsRegular() {
		return w.yield("", advice.Errorf("give it by its own name to read it", "reading file: %s is no regular file", path))
	}
	return w.yield(path, nil)
}

// wanted tells whether the name is that of a manifest.
func (w *walk) wanted(name string) bool {
	if w.options.Exported {
		name = strings.TrimSuffix(name, DisabledSuffix)
	}
	return slices.ContainsFunc(extensions, func(extension string) bool { return strings.HasSuffix(name, extension) })
}

// readFile reads the texts of a file; it is false to end the stream.
func readFile(path string, stdin io.Reader, options Options, yield func(Text) bool) bool {
	if path == "-" {
		return read("-", stdin, options, yield)
	}
	file, err := os.Open(path) // #nosec G304 -- the user names the file.
	if err != nil {
		return yield(Text{jsonText: jsonText{name: path}, err: fmt.Errorf("reading file: %w", err)})
	}
	defer file.Close()
	return read(path, file, options, yield)
}
