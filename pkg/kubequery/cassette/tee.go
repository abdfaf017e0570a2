package cassette

import (
	"bytes"
	"io"
)

// maxRefusal bounds what is kept of a body that only explains a refusal. No
// policy gets to see more of it.
const maxRefusal = 1 << 20

// tee is a body that is kept while somebody reads it.
type tee struct {
	body io.ReadCloser
	// rest bounds what is still to be kept, in bytes.
	rest int64
	kept bytes.Buffer
	// done gets all of the body, once, or the error that ended it.
	done func(body []byte, err error)
}

// newTee keeps a body, the start of it if it is a refusal.
func newTee(body io.ReadCloser, refusal bool, done func([]byte, error)) *tee {
	t := &tee{body: body, rest: 1 << 62, done: done}
	if refusal {
		t.rest = maxRefusal
	}
	return t
}

// Read implements io.Reader.
func (t *tee) Read(p []byte) (int, error) {
	n, err := t.body.Read(p)
	t.keep(p[:n])
	if err != nil {
		t.end(err)
	}
	return n, err
}

func (t *tee) keep(p []byte) {
	p = p[:min(int64(len(p)), t.rest)]
	t.kept.Write(p)
	t.rest -= int64(len(p))
}

// Close implements io.Closer. What was not read is read first.
func (t *tee) Close() error {
	if t.done != nil {
		_, err := t.kept.ReadFrom(io.LimitReader(t.body, t.rest))
		if err == nil {
			err = io.EOF
		}
		t.end(err)
	}
	return t.body.Close()
}

func (t *tee) end(err error) {
	if t.done == nil {
		return
	}
	done := t.done
	t.done = nil
	if err == io.EOF { //nolint:errorlint // as io.Reader has it.
		err = nil
	}
	done(t.kept.Bytes(), err)
	t.kept = bytes.Buffer{}
}
