package report

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// CheckName says whether a report can be written to a file: the name's ending
// chooses the format.
func CheckName(path string) error {
	_, err := format(path)
	return err
}

// WriteFile writes the report, in place of what the file had before.
func (r *Report) WriteFile(path string) error {
	write, err := format(path)
	if err != nil {
		return err
	}
	var text bytes.Buffer
	if err := write(r, &text); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".bench-*")
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	_, err = file.Write(text.Bytes())
	err = errors.Join(err, file.Chmod(0o644), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		_ = os.Remove(file.Name()) // what failed before is told
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return nil
}

func format(path string) (func(*Report, io.Writer) error, error) {
	switch filepath.Ext(path) {
	case ".md":
		return (*Report).WriteMarkdown, nil
	case ".json":
		return (*Report).WriteJSON, nil
	default:
		return nil, fmt.Errorf("choosing a format for %s: its name ends neither in .md nor in .json", path)
	}
}
