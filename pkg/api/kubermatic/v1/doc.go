// Package v1 holds the objects of Kubermatic Kubernetes Platform (KKP), API group kubermatic.k8c.io/v1, that the plugin
// reads or writes, and of each object only the fields that it reads or writes.
//
// KKP's own Go modules are not on the Go module proxy, so these types are ours. They are checked against KKP's custom
// resource definitions by the facts in testdata/kkp/schema-facts.yaml, see the tests of this package.
//
// The types convert with runtime.DefaultUnstructuredConverter; they are no runtime.Objects, because the plugin talks to
// the API server with unstructured objects only. Constraint, ConstraintTemplate and AllowedRegistry are complete: a
// field that FromUnstructuredWithValidation reports as unknown is one that KKP's API server would prune without a word.
// The other kinds are parts of far larger objects: read them, and write them with patches only.
//
// +groupName=kubermatic.k8c.io
package v1
