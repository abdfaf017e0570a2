package object

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/compile"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
)

// ErrInvalid says that a document is not what the platform would enforce.
var ErrInvalid = errors.New("invalid")

// Explain turns what is wrong with a document into lines with file:line. A nil
// err stays nil.
func Explain(document manifest.Document, err error) error {
	if err == nil {
		return nil
	}
	lines := []string{}
	for _, single := range split(err) {
		var field *policy.FieldError
		if errors.As(single, &field) {
			lines = append(lines, line(document, document.Field(field.Path...), field.Error()))
			continue
		}
		lines = append(lines, line(document, document.Position, single.Error()))
	}
	return &invalid{text: strings.Join(lines, "\n"), err: err}
}

// ExplainCompilation does the same for a template that does not compile. The
// rows of a module are counted from where the module's text stands.
func ExplainCompilation(document manifest.Document, err error) error {
	var failed *compile.Error
	if !errors.As(err, &failed) {
		return Explain(document, err)
	}
	lines := []string{}
	for _, diagnostic := range failed.Diagnostics {
		position := document.Field(diagnostic.Path...)
		message := diagnostic.String()
		if diagnostic.Module != "" {
			position, message = document.Field(modulePath(document, diagnostic.Module)...), diagnostic.Message
			position.Line += diagnostic.Row - 1
			position.Column = column(document, diagnostic)
			if position.File == "" {
				message = diagnostic.String()
			}
		}
		lines = append(lines, line(document, position, message))
	}
	result := error(&invalid{text: strings.Join(lines, "\n"), err: err})
	if failed.Next != "" {
		result = advice.Wrap(result, "%s", failed.Next)
	}
	return result
}

// column is known where the module is a file of its own; inside a manifest the
// text is indented, and the column would be wrong.
func column(document manifest.Document, diagnostic compile.Diagnostic) int {
	if document.Grafted(modulePath(document, diagnostic.Module)...) {
		return diagnostic.Column
	}
	return 0
}

// modulePath leads to the text of a module, in either form of a template.
func modulePath(document manifest.Document, module string) []any {
	if module == "" {
		return nil
	}
	target := []any{"spec", "targets", 0}
	path := policy.ParsePath(module)
	if manual := slices.Concat(target, path); document.Has(manual...) {
		return manual
	}
	for i := 0; document.Has(slices.Concat(target, []any{"code", i})...); i++ {
		if full := slices.Concat(target, []any{"code", i, "source"}, path); document.Has(full...) {
			return full
		}
	}
	return target
}

func line(document manifest.Document, position manifest.Position, message string) string {
	text := fmt.Sprintf("%s: %s", document.Name(), message)
	if position.File != "" {
		text = fmt.Sprintf("%s: %s", position, text)
	}
	return text
}

// split takes joined errors apart, also those that share a next step.
func split(err error) []error {
	if advised, ok := err.(*advice.Error); ok { //nolint:errorlint // this level alone: what is below has its own words.
		return split(advised.Err)
	}
	many, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	all := []error{}
	for _, single := range many.Unwrap() {
		all = append(all, split(single)...)
	}
	return all
}

// invalid is the text for people, around the error that it explains.
type invalid struct {
	text string
	err  error
}

func (e *invalid) Error() string        { return e.text }
func (e *invalid) Unwrap() error        { return e.err }
func (e *invalid) Is(target error) bool { return target == ErrInvalid }

// Notes turns notes into sentences with file:line.
func Notes(document manifest.Document, notes []policy.Note) []string {
	lines := make([]string, len(notes))
	for i, note := range notes {
		path := policy.PathString(note.Path)
		lines[i] = line(document, document.Field(note.Path...), path+": "+note.Text)
	}
	return lines
}
