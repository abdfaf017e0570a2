// Package plugins holds what other programs load: the script that completes
// subcommands through kubectl, and the Rego library that asks the Kubernetes
// API. What this plugin itself needs of it is embedded.
package plugins

import _ "embed"

// LocalClient is the Rego package kubernetes.api.client as "kubectl opa query"
// has it: each function hands its arguments to a builtin of the same name
// under kubectl_opa, which is bound for one evaluation only.
//
//go:embed kubernetes-api-client/local/client.rego
var LocalClient string
