package cassette

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"

	strictjson "sigs.k8s.io/json"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
)

// ErrMalformed says that a file is no cassette, or not one of this version.
var ErrMalformed = errors.New("no cassette")

// Load reads a cassette from a file. The error names the place in it.
func Load(path string) (*Cassette, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading the recording: %w", err)
	}
	return Read(path, data)
}

// Read reads a cassette. The name stands for the file in messages, also those
// of a Player. The data is not copied, and must not change. The error wraps
// ErrMalformed and names the place in the file.
func Read(name string, data []byte) (*Cassette, error) {
	c := &Cassette{file: name}
	err := c.read(data)
	var found *problem
	if !errors.As(err, &found) {
		return c, err
	}
	place := manifest.Position{File: name}
	place.Line, place.Column = position(data, found.at)
	err = fmt.Errorf("reading the recording: %s: %w: %w", place, ErrMalformed, found.err)
	return nil, advice.Wrap(err, "%s", cmp.Or(found.next, "record again, with --record "+name))
}

// problem is an error at one place.
type problem struct {
	// at is counted in bytes.
	at  int
	err error
	// next is what to do, if that is not to record again.
	next string
}

func (p *problem) Error() string { return p.err.Error() }

// at makes an error about a value.
func (n node) errorf(format string, args ...any) error {
	return &problem{at: n.start, err: fmt.Errorf(format, args...)}
}

// position counts lines and columns from 1.
func position(data []byte, at int) (line, column int) {
	before := data[:min(at, len(data))]
	return bytes.Count(before, []byte("\n")) + 1, len(before) - bytes.LastIndexByte(before, '\n')
}

func (c *Cassette) read(data []byte) error {
	if err := valid(data); err != nil {
		return err
	}
	root := document(data)
	members := root.members()
	// What is wrong with a file of another version is the version.
	if err := checkVersion(members); err != nil {
		return err
	}
	fields, err := root.fields(members, []string{"managedFields"}, "apiVersion", "kind", "secretValues", "words", "answers")
	if err != nil {
		return err
	}
	if managed, ok := fields["managedFields"]; ok {
		if err := managed.decode(&c.ManagedFields); err != nil {
			return err
		}
	}
	switch values := fields["secretValues"].string(); values {
	case redacted, recorded:
		c.Secrets = values == recorded
	default:
		return fields["secretValues"].errorf("secretValues is %s, want %q or %q", fields["secretValues"].brief(), redacted, recorded)
	}
	if c.words, err = readAll(fields["words"], readWord); err != nil {
		return err
	}
	if c.answers, err = readAll(fields["answers"], readAnswer); err != nil {
		return err
	}
	return nil
}

// endOfJSON is what encoding/json says of a text that was cut off.
const endOfJSON = "unexpected end of JSON input"

// valid tells where a text stops to be JSON.
func valid(data []byte) error {
	if json.Valid(data) {
		return nil
	}
	var syntax *json.SyntaxError
	err := json.Unmarshal(data, new(any))
	switch {
	case !errors.As(err, &syntax):
		return &problem{err: fmt.Errorf("reading JSON: %w", err)}
	case syntax.Error() == endOfJSON:
		return &problem{at: len(data), err: fmt.Errorf("the file ends in the middle: %w", err)}
	default:
		return &problem{at: int(syntax.Offset) - 1, err: fmt.Errorf("reading JSON: %w", err)}
	}
}

// checkVersion returns an error if a document says that it is something else
// than this program can read.
func checkVersion(members []member) error {
	for _, want := range []struct{ field, value, next string }{
		{"kind", kind, "name a file that --record wrote"},
		{"apiVersion", apiVersion, "use the kubectl-opa that wrote it, or record again"},
	} {
		for _, field := range members {
			if value := field.value; field.key == want.field && value.string() != want.value {
				err := fmt.Errorf("%s is %s, and this kubectl-opa reads %s", field.key, value.brief(), want.value)
				return &problem{value.start, err, want.next}
			}
		}
	}
	return nil
}

// fields are the members of an object that has these and perhaps optional ones.
func (n node) fields(members []member, optional []string, names ...string) (map[string]node, error) {
	if !n.is('{') {
		return nil, n.errorf("want an object, found %s", n.brief())
	}
	found := map[string]node{}
	for _, field := range members {
		key := node{n.data, field.start, field.start}
		if !slices.Contains(names, field.key) && !slices.Contains(optional, field.key) {
			return nil, key.errorf("unknown field %s", advice.Quote(field.key))
		}
		if _, twice := found[field.key]; twice {
			return nil, key.errorf("%s is there twice", field.key)
		}
		found[field.key] = field.value
	}
	for _, name := range names {
		if _, ok := found[name]; !ok {
			return nil, n.errorf("%s is missing", name)
		}
	}
	return found, nil
}

// brief is a value for a message.
func (n node) brief() string {
	const most = 40
	if text := n.text(); len(text) <= most {
		return string(text)
	}
	return string(n.text()[:most]) + "…"
}

// decode reads a value strictly into a Go value.
func (n node) decode(into any) error {
	strict, err := strictjson.UnmarshalStrict(n.text(), into)
	if err := errors.Join(append(strict, err)...); err != nil {
		return n.errorf("%w", err)
	}
	return nil
}
