package query

import (
	"bytes"
	"encoding/json"
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

// write prints a result.
func write(out io.Writer, format string, result kubequery.Result) error {
	switch format {
	case formatPretty:
		return writePretty(out, result)
	case formatValues:
		return each(result, func(row kubequery.Row) error { return manifest.WriteJSON(out, values(row)) })
	case formatBindings:
		return each(result, func(row kubequery.Row) error { return manifest.WriteJSON(out, bindings(row)) })
	case formatRaw:
		return each(result, func(row kubequery.Row) error { return writeRaw(out, row) })
	default:
		return manifest.WriteJSON(out, result)
	}
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
