module github.com/kubectl-opa/kubectl-opa/hack/mutants

go 1.26.0
