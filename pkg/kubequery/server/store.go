package server

import (
	"context"
	"strconv"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/topdown"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery"
)

// store is a store with the document data.kubectl_opa.ask, and with policies
// that were compiled without what reaches out.
type store struct {
	storage.Store
	cluster kubequery.Cluster
	o       kubequery.Options
	library kubequery.PolicyFile
}

// transaction is one of the store.
type transaction struct {
	storage.Transaction
	write bool
	// context is what the manager's triggers get, the compiler in it.
	context *storage.Context
	// session is what was asked in this transaction, nil until something is.
	session *kubequery.Session
	// compiler has the policies as they are in this transaction, nil where none
	// was changed.
	compiler *ast.Compiler
}

// NewTransaction implements storage.Store.
func (s *store) NewTransaction(ctx context.Context, params ...storage.TransactionParams) (storage.Transaction, error) {
	given := storage.TransactionParams{}
	if len(params) > 0 {
		given = params[0]
	}
	if given.Context == nil {
		given.Context = storage.NewContext()
	}
	inner, err := s.Store.NewTransaction(ctx, given)
	if err != nil {
		return nil, err
	}
	return &transaction{Transaction: inner, write: given.Write, context: given.Context}, nil
}

// inner is the transaction of the store below. Triggers get that one.
func inner(txn storage.Transaction) storage.Transaction {
	if ours, ok := txn.(*transaction); ok {
		return ours.Transaction
	}
	return txn
}

// Read implements storage.Store. Below data.kubectl_opa.ask it asks the cluster.
func (s *store) Read(ctx context.Context, txn storage.Transaction, path storage.Path) (any, error) {
	if len(path) == 0 || path[0] != kubequery.Root {
		return s.Store.Read(ctx, inner(txn), path)
	}
	ours, ok := txn.(*transaction)
	switch {
	case !ok || ours.write:
		return nil, errWrite
	case len(path) > 1 && path[1] != asked:
		return nil, notFound(path)
	case len(path) < 3 && partial(ctx):
		return nil, ast.UnknownValueErr{}
	case len(path) < 3:
		return nil, s.failed(advice.Errorf("call the functions of the package kubernetes.api.client", "data.%s has no list of what can be asked", kubequery.Root))
	}
	if ours.session == nil {
		ours.session = kubequery.NewSession(s.cluster, s.o)
	}
	function, operands, err := parseKey(path[2])
	if err != nil {
		return nil, s.failed(err)
	}
	answer, err := ours.session.Call(ctx, function, operands)
	if err != nil {
		return nil, s.failed(err)
	}
	return part(answer, path)
}

// failed ends the evaluation: no other error than one of OPA's own does so in all
// places, and what is not found would be undefined.
func (s *store) failed(err error) error {
	return &topdown.Error{Code: topdown.BuiltinErr, Message: s.text(err)}
}

// text is an error with what to do next.
func (*store) text(err error) string {
	return strings.Join(append([]string{err.Error()}, advice.Next(err)...), "; ")
}

func notFound(path storage.Path) error {
	return &storage.Error{Code: storage.NotFoundErr, Message: path.String() + ": document does not exist"}
}

// part is what of an answer a path means that goes on behind the key.
func part(answer *ast.Term, path storage.Path) (ast.Value, error) {
	value := answer.Value
	for _, key := range path[3:] {
		term := ast.StringTerm(key)
		if _, ok := value.(*ast.Array); ok {
			// A path has its numbers as text.
			if number, err := strconv.Atoi(key); err == nil {
				term = ast.IntNumberTerm(number)
			}
		}
		next, err := value.Find(ast.Ref{term})
		if err != nil {
			return nil, notFound(path)
		}
		value = next
	}
	return value, nil
}
