package manifest

import (
	"bytes"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"strings"
)

// Text is a document, or an item of a large List, that was cut out of its file
// and not decoded yet; or the error that came in its place. It shares nothing
// with the stream, so it may be kept, and decoded in any goroutine.
type Text struct {
	// jsonText is the text; that of a document of YAML has its separator, too.
	jsonText
	// json says that the text looks like JSON.
	json bool
	// item counts, from 1, items that were cut; 0 is no item.
	item int
	// list is what the list said of itself before the items.
	list listType
	// lists says that a List is left as it is.
	lists bool
	err   error
}

// Texts is Stream without the decoding: reading on and decoding can go on at
// once then. What Stream gives as an error is a Text here, whose Documents
// are that error. Without any text, and any error, the last Text is an error
// that wraps ErrNoDocuments. A Text may hold no document, so a caller has to count.
func Texts(paths []string, stdin io.Reader, options Options) iter.Seq[Text] {
	return func(yield func(Text) bool) {
		found := false
		give := func(t Text) bool {
			found = true
			return yield(t)
		}
		for file, err := range Files(paths, options) {
			if err != nil && !give(Text{err: err}) || err == nil && !readFile(file, stdin, options, give) {
				return
			}
		}
		if !found {
			yield(Text{err: noDocuments(paths)})
		}
	}
}

// ParseTexts is Texts for what is open already; name is what positions call
// it. No texts are no error.
func ParseTexts(name string, in io.Reader, options Options) iter.Seq[Text] {
	return func(yield func(Text) bool) { read(name, in, options, yield) }
}

// Documents decodes the text: one document, or the items of a List that was
// small enough to be held (see Options.Lists), or none where there is no value. Errors come in place
// of documents, as in Stream.
func (t Text) Documents() iter.Seq2[Document, error] {
	return func(yield func(Document, error) bool) {
		for _, r := range t.decode() {
			if !yield(r.document, r.err) {
				return
			}
		}
	}
}

// Contains tells whether one of the marks may be in the text, or in what the
// list that it was an item of said of its items' type. It is cheap, and true
// too often rather than too seldom: for an error, so that it is not lost, and
// where letters are written as escapes.
func (t Text) Contains(marks ...string) bool {
	if t.err != nil {
		return true
	}
	if hides(t.text) {
		return true
	}
	version, _ := t.list.APIVersion.(string)
	for _, mark := range marks {
		if bytes.Contains(t.text, []byte(mark)) || strings.Contains(t.list.Kind, mark) || strings.Contains(version, mark) {
			return true
		}
	}
	return false
}

// hides tells whether a text has an escape that can stand for, or part, what a
// mark is made of.
func hides(text []byte) bool {
	for {
		at := bytes.IndexByte(text, '\\')
		if at < 0 || at+1 == len(text) {
			return false
		}
		if bytes.IndexByte([]byte("uUx/\r\n"), text[at+1]) >= 0 {
			return true
		}
		text = text[at+2:]
	}
}

// Size is the length of the text in bytes; an error has 0.
func (t Text) Size() int { return len(t.text) }

// File is the path of the text's file as Files gives it, "-" for standard
// input, or "" for an error that is of no file.
func (t Text) File() string { return t.name }

// Regular tells whether a file can be opened again and read from its
// beginning. Standard input, pipes and what is in /dev and /proc cannot be: a number
// in /dev/fd is another process's pipe, or shares its offset with it.
func Regular(path string) bool {
	if path == "-" {
		return false
	}
	if path, err := filepath.Abs(path); err != nil || strings.HasPrefix(path, "/dev/") || strings.HasPrefix(path, "/proc/") {
		return false
	}
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

func noDocuments(paths []string) error {
	return fmt.Errorf("%w in %s", ErrNoDocuments, strings.Join(paths, ", "))
}
