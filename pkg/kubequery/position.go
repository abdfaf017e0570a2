package kubequery

import (
	"strconv"

	"github.com/open-policy-agent/opa/v1/ast"
)

// Position is a place in a policy file or in the expression itself.
type Position struct {
	// File is the path as the user gave it, "" for the expression.
	File string
	// Row and Column count from 1; 0 is unknown.
	Row, Column int
}

// String gives file:line:column, without what is unknown.
func (p Position) String() string {
	text := p.File
	if text == "" {
		text = "expression"
	}
	if p.Row > 0 {
		text += ":" + strconv.Itoa(p.Row)
		if p.Column > 0 {
			text += ":" + strconv.Itoa(p.Column)
		}
	}
	return text
}

func positionOf(location *ast.Location) Position {
	if location == nil {
		return Position{}
	}
	return Position{File: location.File, Row: location.Row, Column: location.Col}
}
