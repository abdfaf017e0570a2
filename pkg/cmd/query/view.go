package query

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
)

// The formats, named and made as in "opa eval".
const (
	formatJSON     = "json"
	formatPretty   = "pretty"
	formatValues   = "values"
	formatBindings = "bindings"
	formatRaw      = "raw"
)

var formats = []string{formatJSON, formatPretty, formatValues, formatBindings, formatRaw}

// tell shows on stderr what happened during a run: a policy's own words as
// they are, the rest as warnings.
func tell(env *cli.Env, event kubequery.Event) {
	if printed, ok := event.(kubequery.Printed); ok {
		env.Say(printed.String())
		return
	}
	env.Warn(event.String())
}

// view is how a result is shown.
type view struct {
	format string
	// sorted tells whether the profile is in an order that was asked for.
	sorted bool
}

// write prints a result. What was observed beside it is part of the formats for
// people and for machines; of the others, which are nothing but the values, it
// is printed aside.
func (v view) write(out, aside io.Writer, result kubequery.Result) error {
	if v.format == formatJSON {
		if !v.sorted {
			result.Profile = byPlace(result.Profile)
		}
		return manifest.WriteJSON(out, result)
	}
	if v.format == formatPretty {
		aside = out
	}
	return errors.Join(writeExplanation(aside, result.Explanation), v.rows(out, result), writeReports(aside, result))
}

// rows prints the values.
func (v view) rows(out io.Writer, result kubequery.Result) error {
	switch v.format {
	case formatValues:
		return each(result, func(row kubequery.Row) error { return manifest.WriteJSON(out, values(row)) })
	case formatBindings:
		return each(result, func(row kubequery.Row) error { return manifest.WriteJSON(out, bindings(row)) })
	case formatRaw:
		return each(result, func(row kubequery.Row) error { return writeRaw(out, row) })
	default:
		return writePretty(out, result)
	}
}

func writeExplanation(out io.Writer, explanation []string) error {
	for _, line := range explanation {
		if _, err := fmt.Fprintln(out, line); err != nil {
			return err
		}
	}
	return nil
}

func writeReports(out io.Writer, result kubequery.Result) error {
	if len(result.Profile) > 0 {
		if err := writeProfile(out, result.Profile); err != nil {
			return err
		}
	}
	if result.Coverage == nil {
		return nil
	}
	return writeCoverage(out, *result.Coverage)
}

func each(result kubequery.Result, write func(kubequery.Row) error) error {
	for _, row := range result.Rows {
		if err := write(row); err != nil {
			return fmt.Errorf("printing the result: %w", err)
		}
	}
	return nil
}

func values(row kubequery.Row) []any {
	all := make([]any, len(row.Expressions))
	for i, expression := range row.Expressions {
		all[i] = expression.Value
	}
	return all
}

// bindings are a row's variables, {} where it has none.
func bindings(row kubequery.Row) map[string]any {
	if row.Bindings == nil {
		return map[string]any{}
	}
	return row.Bindings
}

// writeRaw prints the values of a row on one line: strings as they are, all
// else as compact JSON.
func writeRaw(out io.Writer, row kubequery.Row) error {
	texts := []string{}
	for _, value := range values(row) {
		text, isString := value.(string)
		if !isString {
			var err error
			if text, err = compact(value); err != nil {
				return err
			}
		}
		texts = append(texts, text)
	}
	_, err := fmt.Fprintln(out, strings.Join(texts, " "))
	return err
}

// compact is a value as JSON on one line.
func compact(value any) (string, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	return strings.TrimSuffix(text.String(), "\n"), err
}
