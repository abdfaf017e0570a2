package cli

import (
	"errors"
	"io"

	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
	"github.com/kubectl-opa/kubectl-opa/pkg/ui"
)

// Stream is where a report in one format goes while it is being made.
type Stream struct {
	Format string
	Out    io.Writer
	Theme  *ui.Theme
	// close ends a file, which stays as it was if there is an error.
	close func(error) error
}

// Streams are all that were asked for: stdout first, then files.
type Streams []Stream

// Open opens what was asked for. A file is there as a whole, or as it was
// before, once the streams are closed.
func (o *ReportOutput) Open(env *Env) (Streams, error) {
	streams := Streams{{o.Format, env.Out, env.OutTheme(), func(error) error { return nil }}}
	for _, file := range o.files {
		stream, err := openFile(file)
		if err != nil {
			return nil, errors.Join(err, streams.Close(err))
		}
		streams = append(streams, stream)
	}
	return streams, nil
}

func openFile(file reportFile) (Stream, error) {
	reader, writer := io.Pipe()
	opened, written := make(chan struct{}), make(chan error, 1)
	go func() {
		err := manifest.ReplaceFileBy(file.path, 0o644, func(out io.Writer) error {
			close(opened)
			_, err := io.Copy(out, reader)
			return err
		})
		// Whoever still writes learns that nobody reads.
		_ = reader.CloseWithError(err)
		written <- err
	}()
	select {
	case <-opened:
	case err := <-written:
		return Stream{}, err
	}
	return Stream{file.format, writer, ui.NewTheme(writer, false, 0), func(failed error) error {
		_ = writer.CloseWithError(failed)
		if err := <-written; failed == nil {
			return err
		}
		return nil
	}}, nil
}

// Close ends all streams; with an error no file is replaced.
func (s Streams) Close(failed error) error {
	problems := []error{}
	for _, stream := range s {
		problems = append(problems, stream.close(failed))
	}
	return errors.Join(problems...)
}
