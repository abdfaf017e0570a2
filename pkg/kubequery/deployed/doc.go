// Package deployed makes what a stock OPA needs to answer as "kubectl opa query"
// does: the client in plain Rego (plugins/kubernetes-api-client), the table of
// what its cluster serves, and the policies that call it, as a bundle or as the
// files of a ConfigMap.
package deployed
