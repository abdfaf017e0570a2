package manifest

import (
	"io"
	"iter"
)

// DefaultLimit is the most that one document may have, in bytes. The API
// server refuses objects of 3 MiB, so what has more is hardly one.
const DefaultLimit = 64 << 20

// Options say how a stream is read. The zero value reads as kubectl does.
type Options struct {
	// Exported reads, of directories, also the disabled files that an export
	// wrote.
	Exported bool
	// Limit is the most that one document, or one item of a List, may have, in
	// bytes; 0 is DefaultLimit. It also bounds the memory: a stream holds about two
	// such documents.
	Limit int
	// Lists leaves Lists as they are: each is one document, and Limit holds for it
	// as a whole.
	Lists bool
	// Skipped is told of what was passed over: a directory without manifests, a
	// file without documents, an entry that Kubernetes made for itself. Nil does
	// not tell.
	Skipped func(at Position, why string)
}

func (o Options) limit() int {
	if o.Limit > 0 {
		return o.Limit
	}
	return DefaultLimit
}

func (o Options) skip(at Position, why string) {
	if o.Skipped != nil {
		o.Skipped(at, why)
	}
}

// Stream reads the documents of files, of directories (their YAML and JSON
// files, in all folders below, sorted by name) and of standard input ("-"), in
// the order given, one after the other. The items of a List, or of a PodList
// and the like, take the place of the List, if Options.Lists does not say
// otherwise; documents without content are passed over.
//
// An error comes in place of a document. It wraps ErrSyntax, ErrTooLarge or
// what the system said, begins with file:line, and may have advice. What comes behind it is
// still read: the next document, or the next file where the rest of this one is lost.
// Without any document, and any error, the last error wraps ErrNoDocuments.
func Stream(paths []string, stdin io.Reader, options Options) iter.Seq2[Document, error] {
	return func(yield func(Document, error) bool) {
		found := false
		for d, err := range decoded(Texts(paths, stdin, options)) {
			found = true
			if !yield(d, err) {
				return
			}
		}
		if !found {
			yield(Document{}, noDocuments(paths))
		}
	}
}

// ParseStream is Stream for what is open already; name is what positions call
// it. No documents are no error.
func ParseStream(name string, in io.Reader, options Options) iter.Seq2[Document, error] {
	return decoded(ParseTexts(name, in, options))
}

func decoded(texts iter.Seq[Text]) iter.Seq2[Document, error] {
	return func(yield func(Document, error) bool) {
		for t := range texts {
			for d, err := range t.Documents() {
				if !yield(d, err) {
					return
				}
			}
		}
	}
}

// collect reads a stream to its end, or to its first error.
func collect(stream iter.Seq2[Document, error]) ([]Document, error) {
	documents := []Document{}
	for d, err := range stream {
		if err != nil {
			return nil, err
		}
		documents = append(documents, d)
	}
	return documents, nil
}
