package manifest

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
)

// ErrNoDocuments says that the given files hold no document at all.
var ErrNoDocuments = errors.New("no documents found")

// Load is Stream for callers that need all documents together: it ends at the
// first error. A document may have any size, as all of them are held anyway.
func Load(paths []string, stdin io.Reader) ([]Document, error) {
	return collect(Stream(paths, stdin, Options{Limit: math.MaxInt}))
}

// LoadExported is Load for directories that an export wrote: it also reads
// their disabled files.
func LoadExported(paths []string, stdin io.Reader) ([]Document, error) {
	return collect(Stream(paths, stdin, Options{Limit: math.MaxInt, Exported: true}))
}

// Parse is Load for what is open already; name is what positions call it. No
// documents are no error.
func Parse(name string, in io.Reader) ([]Document, error) {
	return collect(ParseStream(name, in, Options{Limit: math.MaxInt}))
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
