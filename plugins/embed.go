// Package plugins holds what other programs load: the script that completes
// subcommands through kubectl, and the Rego library that asks the Kubernetes
// API, as kubectl-opa itself has it and as an OPA elsewhere has it.
package plugins

import "embed"

// LocalClient is the Rego package kubernetes.api.client as "kubectl opa query"
// has it: each function hands its arguments to a builtin of the same name
// under kubectl_opa, which is bound for one evaluation only.
//
//go:embed local/client.rego
var LocalClient string

// DeployedClient is a folder with the files of the same package in plain Rego,
// which needs the table of resources that pkg/kubequery/deployed makes. The
// folder as a whole is a bundle for a stock Kubernetes.
//
//go:embed kubernetes-api-client/kubernetes/api/client/*.rego
var DeployedClient embed.FS
