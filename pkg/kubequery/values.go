package kubequery

import "github.com/open-policy-agent/opa/v1/rego"

// Result is what an expression evaluates to, in the form that "opa eval"
// prints: one row for each way to satisfy it. No row means undefined. The rest
// is there where it was asked for.
type Result struct {
	Rows []Row `json:"result,omitempty"`
	// Explanation is the trace, line by line.
	Explanation []string `json:"explanation,omitempty"`
	// Profile is where time was spent, in the order that was asked for.
	Profile []Cost `json:"profile,omitempty"`
	// Coverage is which lines were evaluated.
	Coverage *Coverage `json:"coverage,omitempty"`
}

// Defined tells whether the expression has a value at all; an empty set is one.
func (r Result) Defined() bool { return len(r.Rows) > 0 }

// Row is one way to satisfy the expressions of a query.
type Row struct {
	Expressions []Expression `json:"expressions"`
	// Bindings are the values of the query's variables.
	Bindings map[string]any `json:"bindings,omitempty"`
}

// Expression is one expression of a query and its value, in JSON's types;
// numbers are json.Number.
type Expression struct {
	Value    any      `json:"value"`
	Text     string   `json:"text"`
	Location Location `json:"location"`
}

// Location is where in the query an expression stands, counted from 1.
type Location struct {
	Row int `json:"row"`
	Col int `json:"col"`
}

func rows(set rego.ResultSet) []Row {
	rows := []Row{}
	for _, each := range set {
		row := Row{Bindings: each.Bindings}
		for _, value := range each.Expressions {
			expression := Expression{Value: value.Value, Text: value.Text}
			if value.Location != nil {
				expression.Location = Location(*value.Location)
			}
			row.Expressions = append(row.Expressions, expression)
		}
		rows = append(rows, row)
	}
	return rows
}
