// Package conformance has the cases that all ways to answer a query must agree
// on: the built-in client on an API server, manifests, a replay, and a deployed
// OPA. They are data (testdata/conformance/query); this package reads them,
// makes a Rego module of each, and judges what an engine made of it. It knows no
// engine. Only tests import it.
package conformance

import (
	"encoding/json"
	"slices"
)

// The engines that a case can hold for.
const (
	// Live is the built-in client on an API server that has the objects.
	Live = "live"
	// From is the built-in client on the objects as manifests.
	From = "from"
	// Replay is the built-in client on what a live run recorded.
	Replay = "replay"
	// Served is "query serve" on an API server. What holds for Live holds for it.
	Served = "served"
	// Deployed is a stock OPA with the client in plain Rego. It follows no pages,
	// and its functions cannot end an evaluation.
	Deployed = "deployed"
)

var engines = []string{Live, From, Replay, Deployed}

// When a continue token expires, for cases with more than one page.
const (
	// ExpireOnce answers the first request that continues a list with 410.
	ExpireOnce = "once"
	// ExpireAlways answers each of them so.
	ExpireAlways = "always"
)

// Query is the expression to evaluate in a case's module.
const Query = "data.conformance.answer"

// header begins each module.
const header = "package conformance\n\nimport data.kubernetes.api.client\n"

// File is a file of cases and of the objects that they are about.
type File struct {
	// Name is that of the file, without extension.
	Name string
	// Objects are in the order in which they can be created: definitions of
	// custom resources, namespaces, all else.
	Objects []map[string]any
	Cases   []Case
}

// Manifests are the objects of the file's cases as one JSON document.
func (f File) Manifests() ([]byte, error) {
	return json.Marshal(map[string]any{"apiVersion": "v1", "kind": "List", "items": f.Objects})
}

// Case is one question and its answer.
type Case struct {
	Name string `json:"name"`
	// Engines are those that the case holds for; all if empty.
	Engines []string `json:"engines"`
	// Expr is what the rule "answer" of the module is.
	Expr string `json:"expr"`
	// Policy is more of the module; without Expr it has the rule "answer".
	Policy string `json:"policy"`
	// Input is the input document as JSON; empty leaves it undefined.
	Input json.RawMessage `json:"input"`
	// As is who asks: the name of a ServiceAccount as RBAC knows it. Empty is an
	// administrator.
	As string `json:"as"`
	// Expires tells whether continue tokens expire: never if empty.
	Expires string `json:"expires"`

	// Want is the value of the answer as JSON. It, Undefined or Error is there.
	Want json.RawMessage `json:"want"`
	// Undefined says that the answer has no value.
	Undefined bool `json:"undefined"`
	// Error are texts that the error which ends the evaluation has.
	Error []string `json:"error"`
	// Warning is all that is said on the way. Deployed says nothing.
	Warning string `json:"warning"`

	// shared is the part of the module that all cases of a file have.
	shared string
}

// For tells whether a case holds for an engine.
func (c Case) For(engine string) bool {
	if engine == Served {
		engine = Live
	}
	return len(c.Engines) == 0 || slices.Contains(c.Engines, engine)
}

// Module is the policy of a case, Rego v1. Query is what to evaluate in it.
func (c Case) Module() string {
	module := header
	for _, part := range []string{c.shared, c.Policy} {
		if part != "" {
			module += "\n" + part
		}
	}
	if c.Expr != "" {
		module += "\nanswer := " + c.Expr + "\n"
	}
	return module
}
