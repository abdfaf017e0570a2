package kubequery

import (
	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
)

// positionOf is a place in a policy file, or in the expression itself, which
// has no file.
func positionOf(location *ast.Location) manifest.Position {
	if location == nil {
		return manifest.Position{File: "expression"}
	}
	position := manifest.Position{File: location.File, Line: location.Row, Column: location.Col}
	if position.File == "" {
		position.File = "expression"
	}
	return position
}
