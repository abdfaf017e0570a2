package manifest

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// ErrNoDocuments says that the given files hold no document at all.
var ErrNoDocuments = errors.New("no documents found")

// extensions are the file names that a directory is searched for.
var extensions = []string{".yaml", ".yml", ".json"}

// Load reads the documents of files, of directories (their YAML and JSON
// files, in all folders below, sorted by name) and of standard input ("-"), in
// the order given. Without any document the error wraps ErrNoDocuments.
func Load(paths []string, stdin io.Reader) ([]Document, error) {
	return load(paths, stdin, extensions)
}

func load(paths []string, stdin io.Reader, extensions []string) ([]Document, error) {
	documents := []Document{}
	for _, path := range paths {
		files, err := expand(path, extensions)
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			found, err := loadFile(file, stdin)
			if err != nil {
				return nil, err
			}
			documents = append(documents, found...)
		}
	}
	if len(documents) == 0 {
		return nil, fmt.Errorf("%w in %s", ErrNoDocuments, strings.Join(paths, ", "))
	}
	return documents, nil
}

// LoadOne reads a file that must hold exactly one document.
func LoadOne(path string, stdin io.Reader) (Document, error) {
	documents, err := Load([]string{path}, stdin)
	if err != nil {
		return Document{}, err
	}
	if len(documents) > 1 {
		return Document{}, fmt.Errorf("%s: want one document, found %d", documents[1].Position, len(documents))
	}
	return documents[0], nil
}

// ReadText reads a whole file of text, or standard input for "-".
func ReadText(path string, stdin io.Reader) (string, error) {
	if path == "-" {
		text, err := io.ReadAll(stdin)
		if err != nil {
			return "", fmt.Errorf("reading standard input: %w", err)
		}
		return string(text), nil
	}
	text, err := os.ReadFile(path) // #nosec G304 -- the user names the file.
	if err != nil {
		return "", fmt.Errorf("reading file: %w", err)
	}
	return string(text), nil
}

func loadFile(path string, stdin io.Reader) ([]Document, error) {
	if path == "-" {
		return Parse("-", stdin)
	}
	file, err := os.Open(path) // #nosec G304 -- the user names the file.
	if err != nil {
		return nil, fmt.Errorf("reading file: %w", err)
	}
	defer file.Close()
	return Parse(path, file)
}

// expand returns the files that a path stands for: itself, or those of a
// directory that have one of the extensions.
func expand(path string, extensions []string) ([]string, error) {
	if path == "-" {
		return []string{path}, nil
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("reading file: %w", err)
	}
	if !info.IsDir() {
		return []string{path}, nil
	}
	files := []string{}
	err = filepath.WalkDir(path, func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		wanted := func(extension string) bool { return strings.HasSuffix(file, extension) }
		if !entry.IsDir() && slices.ContainsFunc(extensions, wanted) {
			files = append(files, file)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading directory: %w", err)
	}
	return files, nil
}
