package manifest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
)

// DisabledSuffix ends the names of files that kubectl apply passes over, as it
// reads only .yaml, .yml and .json of a directory.
const DisabledSuffix = ".disabled"

// Disabled tells whether the document stands in a file that kubectl apply
// passes over.
func (d Document) Disabled() bool { return strings.HasSuffix(d.File, DisabledSuffix) }

// RequireEmpty refuses a path that is neither free nor an empty directory.
func RequireEmpty(dir string) error {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("reading directory: %w", err)
	case len(entries) > 0:
		return advice.Errorf("choose a new directory: a file that is left there would be taken for one of the new ones",
			"directory %s is not empty: it has %s", dir, entries[0].Name())
	}
	return nil
}

// WriteFile writes objects as YAML into a file that everyone may read, with
// the directories above it.
func WriteFile(path string, objects ...*unstructured.Unstructured) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil { // #nosec G301 -- policies are not secret.
		return fmt.Errorf("writing %s: %w", path, err)
	}
	var text bytes.Buffer
	if err := WriteYAML(&text, objects...); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return ReplaceFile(path, text.Bytes())
}

// ReplaceFile writes a file that everyone may read. The file is there as a
// whole, or as it was before.
func ReplaceFile(path string, data []byte) error {
	return ReplaceFileBy(path, 0o644, func(out io.Writer) error {
		_, err := out.Write(data)
		return err
	})
}

// ReplaceFileBy writes a file with these permissions by what write writes. The
// file is there as a whole, or as it was before.
func ReplaceFileBy(path string, mode fs.FileMode, write func(io.Writer) error) (err error) {
	file, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	defer func() {
		if err != nil {
			_ = os.Remove(file.Name())
			err = fmt.Errorf("writing %s: %w", path, err)
		}
	}()
	err = write(file)
	if err := errors.Join(err, file.Chmod(mode), file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}
