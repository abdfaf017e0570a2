// Package server is OPA's own REST server with the package
// kubernetes.api.client in it, which asks a cluster.
//
// OPA's server evaluates with the builtins of the process and no others, and
// ours are never registered there. What it can be given is a store: this one has
// a document that is not stored anywhere. The functions of the client read
// data.kubectl_opa.ask[KEY], where KEY is the call as JSON, and reading it asks
// the cluster. A transaction of the store is an evaluation, so a question is
// asked once in each.
//
// The store is also where policies come in, and where the compiler comes from
// that the server uses: it has none of the builtins that reach out.
//
// Around the server stand, from the outside: who may ask (guard, token), what
// may be asked for (readOnly), and what it may cost (evaluations).
package server
