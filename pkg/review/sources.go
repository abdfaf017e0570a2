package review

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/engine"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
)

// How far policies are looked for before objects are reviewed, in bytes: in
// each file, and in what can be read but once and is held meanwhile. What comes
// later is told as an error, so the first finding of a long stream need not
// wait for its end.
const (
	fileReach = 64 << 20
	heldReach = 4 << 20
)

// text is a piece of a source that was not decoded yet, or what is to be told
// in its place.
type text struct {
	manifest.Text
	// taken says that policies in it were seen before objects were reviewed.
	taken bool
	*notice
}

// notice says that something was passed over.
type notice struct {
	at  manifest.Position
	why string
}

// source is a file, a kustomization or standard input.
type source struct {
	// read reads it from its beginning; a held source can do that once.
	read func() iter.Seq[manifest.Text]
	// held says that it can be read but once. What was read is in head, and next
	// reads on.
	held bool
	head []manifest.Text
	next func() (manifest.Text, bool)
	stop func()
	// marked says that there may be policies in a file.
	marked bool
	// seen is how many texts, from the first, were looked at for policies.
	seen int
}

// sources are all that is read.
type sources struct {
	all []*source
	// told are the notices there were, as files may be read twice; notices are
	// those that nobody has heard of. Whoever reads a source has them.
	told    map[notice]bool
	notices []notice
}

// skip is called by whoever reads.
func (s *sources) skip(at manifest.Position, why string) {
	n := notice{at, why}
	if !s.told[n] {
		s.told[n] = true
		s.notices = append(s.notices, n)
	}
}

// heard are the notices since the last time.
func (s *sources) heard() []notice {
	heard := s.notices
	s.notices = nil
	return heard
}

// open finds the sources, each file of a directory for itself.
func open(o Options) (*sources, error) {
	s, failed, stdin := &sources{told: map[notice]bool{}}, []error{}, 0
	options := manifest.Options{Lists: o.Engine.Point == engine.Gator, Skipped: s.skip}
	for _, path := range o.Paths {
		for file, err := range manifest.Files([]string{path}, options) {
			if err != nil {
				failed = append(failed, err)
				continue
			}
			if file == "-" {
				stdin++
			}
			one := &source{held: !manifest.Regular(file)}
			one.read = func() iter.Seq[manifest.Text] { return manifest.Texts([]string{file}, o.Stdin, options) }
			if !one.held {
				if one.marked, err = mentions(file, fileReach); err != nil {
					failed = append(failed, err)
				}
			}
			s.all = append(s.all, one)
		}
	}
	if stdin > 1 {
		failed = append(failed, advice.Errorf(`give "-" once`, "standard input can be read once, and was given %d times", stdin))
	}
	for _, dir := range o.Kustomizations {
		name, built, err := manifest.Kustomize(dir)
		if err != nil {
			failed = append(failed, err)
			continue
		}
		s.all = append(s.all, &source{marked: true, read: func() iter.Seq[manifest.Text] {
			return manifest.ParseTexts(name, bytes.NewReader(built), options)
		}})
	}
	return s, errors.Join(failed...)
}

func (s *sources) close() {
	for _, one := range s.all {
		if one.stop != nil {
			one.stop()
		}
	}
}

// texts are all texts, and notices, in order. Whoever reads them closes the
// sources: nobody else can tell whether a read of standard input still waits.
func (s *sources) texts(ctx context.Context) iter.Seq[text] {
	return func(yield func(text) bool) {
		defer s.close()
		tell := func() bool {
			for _, n := range s.heard() {
				if !yield(text{notice: &n}) {
					return false
				}
			}
			return true
		}
		for _, one := range s.all {
			count := 0
			for t := range one.texts() {
				count++
				if ctx.Err() != nil || !tell() || !yield(text{Text: t, taken: count <= one.seen}) {
					return
				}
			}
		}
		tell()
	}
}

// texts are those of a source, those that are held first.
func (s *source) texts() iter.Seq[manifest.Text] {
	if !s.held {
		return s.read()
	}
	return func(yield func(manifest.Text) bool) {
		for _, t := range s.head {
			if !yield(t) {
				return
			}
		}
		s.head = nil
		for t, more := s.next(); more; t, more = s.next() {
			if !yield(t) {
				return
			}
		}
	}
}

// begin are the texts in which policies are looked for, or, with whole, all of
// them. A source that can be read but once holds what was read.
func (s *source) begin(whole bool) iter.Seq[manifest.Text] {
	if !s.held {
		return s.beginFile(whole)
	}
	return func(yield func(manifest.Text) bool) {
		if s.next == nil {
			s.next, s.stop = iter.Pull(s.read())
		}
		size := 0
		for s.seen = 0; whole || size < heldReach; s.seen++ {
			if s.seen == len(s.head) {
				t, more := s.next()
				if !more {
					return
				}
				s.head = append(s.head, t)
			}
			size += s.head[s.seen].Size()
			if !yield(s.head[s.seen]) {
				return
			}
		}
	}
}

func (s *source) beginFile(whole bool) iter.Seq[manifest.Text] {
	return func(yield func(manifest.Text) bool) {
		s.seen = 0
		if !s.marked && !whole {
			return
		}
		size := 0
		for t := range s.read() {
			if size += t.Size(); size > fileReach && !whole {
				return
			}
			s.seen++
			if !yield(t) {
				return
			}
		}
	}
}

// mentions tells whether the first bytes of a file may have policies in them.
func mentions(path string, reach int64) (bool, error) {
	file, err := os.Open(path) // #nosec G304 -- the user names the file.
	if err != nil {
		return false, fmt.Errorf("reading file: %w", err)
	}
	defer file.Close()
	longest := 0
	for _, mark := range marks {
		longest = max(longest, len(mark))
	}
	buffer, kept := make([]byte, 256<<10), 0
	for in := io.LimitReader(file, reach); ; {
		n, err := io.ReadFull(in, buffer[kept:])
		chunk := buffer[:kept+n]
		for _, mark := range marks {
			if bytes.Contains(chunk, []byte(mark)) {
				return true, nil
			}
		}
		if err != nil {
			// What cannot be read is told when it is read for its objects.
			return false, nil
		}
		// A mark may begin in this chunk and end in the next one.
		kept = copy(buffer, chunk[len(chunk)-longest+1:])
	}
}
