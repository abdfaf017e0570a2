package kubequery

import (
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// reachOut are the builtins that are led elsewhere.
var reachOut = []*ast.Builtin{ast.HTTPSend, ast.NetLookupIPAddr}

// lead is a stage of the compiler that leads calls to the builtins of this
// evaluation. It comes when what a policy itself calls "http" has another name.
func (n network) lead(compiler *ast.Compiler) {
	if n.off() {
		return
	}
	compiler.WithStageAfterID(ast.StageRewriteTemplateStrings, ast.CompilerStageDefinition{
		Name:       "LeadCallsThatReachOut",
		MetricName: "lead_calls_that_reach_out",
		Stage: func(c *ast.Compiler) *ast.Error {
			for _, module := range c.Modules {
				n.leadCalls(module)
			}
			return nil
		},
	})
}

// leadCalls does so in a module or a query, wherever a builtin may be named:
// as what is called, and on both sides of "with … as …".
func (n network) leadCalls(node any) {
	if n.off() {
		return
	}
	ast.NewGenericVisitor(func(node any) bool {
		switch node := node.(type) {
		case *ast.Expr:
			if terms, ok := node.Terms.([]*ast.Term); ok {
				rename(terms[0])
			}
			for _, with := range node.With {
				rename(with.Target)
				rename(with.Value)
			}
		case ast.Call:
			rename(node[0])
		}
		return false
	}).Walk(node)
}

func rename(term *ast.Term) {
	i := slices.IndexFunc(reachOut, func(b *ast.Builtin) bool { return term.Value.Compare(b.Ref()) == 0 })
	if i >= 0 {
		term.Value = ast.MustParseRef(builtinPrefix + reachOut[i].Name)
	}
}

// ownNames gives the builtins in a message of OPA the names that policies know.
func ownNames(message string) string {
	for _, builtin := range reachOut {
		message = strings.ReplaceAll(message, builtinPrefix+builtin.Name, builtin.Name)
	}
	return message
}
