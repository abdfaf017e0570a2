// Package kubequery evaluates Rego that asks the Kubernetes API: the package
// kubernetes.api.client, its builtins, and what they need of a cluster.
//
// A call travels through three layers. A builtin turns its arguments into a
// question, or refuses them. A reader answers the question with a Rego value,
// in as many requests as that takes; asking once is a wrapper around it. A
// Cluster resolves names of resources and sends single requests: the API
// server of a kubeconfig, or whatever else answers like one.
//
// Nothing is registered with OPA's process-wide tables: the builtins exist for
// one evaluation only, so that no other code of this process compiles policies
// that a cluster would refuse.
package kubequery
