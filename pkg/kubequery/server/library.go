package server

import (
	"regexp"
	"strings"

	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery"
	"github.com/kubectl-opa/kubectl-opa/plugins"
)

const (
	// libraryFile is the name of the client among the policies.
	libraryFile = "kubernetes.api.client.rego"
	// asked is the document that is not stored anywhere.
	asked = "ask"
)

// builtinCall is a call of a builtin in the local library.
var builtinCall = regexp.MustCompile(kubequery.Root + `\.(\w+)\(([^()]*)\)`)

// asking turns a call into the key of a document. JSON has no sets, and no keys
// but strings: where an argument is not what JSON makes of it, the key has it in
// Rego, so that it can be refused by its own name.
const asking = `
ask(function, arguments) := data.` + kubequery.Root + `.` + asked + `[json.marshal([function, arguments])] if {
	json.unmarshal(json.marshal(arguments)) == arguments
} else := data.` + kubequery.Root + `.` + asked + `[json.marshal([function, sprintf("%v", [arguments])])]
`

// library is the package kubernetes.api.client as it is served: the local one,
// documentation and all, with documents in the place of builtins.
func library() kubequery.PolicyFile {
	head, functions, _ := strings.Cut(plugins.LocalClient, "\npackage kubernetes.api.client\n")
	functions = builtinCall.ReplaceAllString(functions, `ask("$1", [$2])`)
	return kubequery.PolicyFile{
		File: libraryFile,
		Text: []byte(head + "\npackage kubernetes.api.client\n\nimport rego.v1\n" + functions + asking),
	}
}
