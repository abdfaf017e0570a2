package server

import (
	"context"
	"fmt"
	"slices"

	"github.com/open-policy-agent/opa/v1/plugins"
	"github.com/open-policy-agent/opa/v1/server/types"
	"github.com/open-policy-agent/opa/v1/storage"

	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery"
)

// Commit implements storage.Store. Where policies have changed, or somebody has
// compiled them with all builtins, the manager gets a compiler that has only
// those that reach nothing.
func (s *store) Commit(ctx context.Context, txn storage.Transaction) error {
	ours, ok := txn.(*transaction)
	if !ok {
		return s.Store.Commit(ctx, txn)
	}
	if ours.write && ours.compiler == nil && plugins.GetCompilerOnContext(ours.context) != nil {
		if err := s.compile(ctx, ours); err != nil {
			s.Store.Abort(ctx, ours.Transaction)
			return err
		}
	}
	if ours.compiler != nil {
		plugins.SetCompilerOnContext(ours.context, ours.compiler)
	}
	return s.Store.Commit(ctx, ours.Transaction)
}

// UpsertPolicy implements storage.Store. What does not compile here is refused.
func (s *store) UpsertPolicy(ctx context.Context, txn storage.Transaction, id string, text []byte) error {
	if err := s.checkID(id); err != nil {
		return err
	}
	if err := s.Store.UpsertPolicy(ctx, inner(txn), id, text); err != nil {
		return err
	}
	return s.changed(ctx, txn)
}

// DeletePolicy implements storage.Store.
func (s *store) DeletePolicy(ctx context.Context, txn storage.Transaction, id string) error {
	if err := s.checkID(id); err != nil {
		return err
	}
	if err := s.Store.DeletePolicy(ctx, inner(txn), id); err != nil {
		return err
	}
	return s.changed(ctx, txn)
}

// checkID keeps the library as it is.
func (s *store) checkID(id string) error {
	if id == s.library.File {
		return types.BadRequestErr(fmt.Sprintf("the policy %s is built in here, and cannot be changed", id))
	}
	return nil
}

// changed compiles the policies anew.
func (s *store) changed(ctx context.Context, txn storage.Transaction) error {
	ours, ok := txn.(*transaction)
	if !ok {
		return types.BadRequestErr("policies cannot be changed while they are committed")
	}
	if err := s.compile(ctx, ours); err != nil {
		return types.BadRequestErr(s.text(err))
	}
	return nil
}

// compile compiles the policies as they are in a transaction.
func (s *store) compile(ctx context.Context, txn *transaction) error {
	ids, err := s.Store.ListPolicies(ctx, txn.Transaction)
	if err != nil {
		return err
	}
	slices.Sort(ids)
	policies := []kubequery.PolicyFile{}
	for _, id := range ids {
		text, err := s.Store.GetPolicy(ctx, txn.Transaction, id)
		if err != nil {
			return err
		}
		if id != s.library.File {
			policies = append(policies, kubequery.PolicyFile{File: id, Text: text})
		}
	}
	txn.compiler, err = kubequery.CompilePolicies(s.o, s.library, policies, storage.NonEmpty(ctx, s.Store, txn.Transaction))
	return err
}

// ListPolicies implements storage.Store.
func (s *store) ListPolicies(ctx context.Context, txn storage.Transaction) ([]string, error) {
	return s.Store.ListPolicies(ctx, inner(txn))
}

// GetPolicy implements storage.Store.
func (s *store) GetPolicy(ctx context.Context, txn storage.Transaction, id string) ([]byte, error) {
	return s.Store.GetPolicy(ctx, inner(txn), id)
}

// Write implements storage.Store. What is ours is not written.
func (s *store) Write(ctx context.Context, txn storage.Transaction, op storage.PatchOp, path storage.Path, value any) error {
	root, _ := value.(map[string]any)
	_, below := root[kubequery.Root]
	if len(path) > 0 && path[0] == kubequery.Root || len(path) == 0 && below {
		return errWrite
	}
	return s.Store.Write(ctx, inner(txn), op, path, value)
}

// errWrite refuses to write what is not stored.
const errWrite = types.BadRequestErr("data." + kubequery.Root + " cannot be written: the package kubernetes.api.client asks with it")

// NonEmpty implements storage.NonEmptyer: what is ours is taken, for rules too.
func (s *store) NonEmpty(ctx context.Context, txn storage.Transaction) func([]string) (bool, error) {
	stored := storage.NonEmpty(ctx, s.Store, inner(txn))
	return func(path []string) (bool, error) {
		if len(path) > 0 && path[0] == kubequery.Root {
			return true, nil
		}
		return stored(path)
	}
}

// Truncate implements storage.Store. It is how bundles are activated that a
// server downloads; this one downloads none.
func (s *store) Truncate(context.Context, storage.Transaction, storage.TransactionParams, storage.Iterator) error {
	return types.BadRequestErr("the store cannot be replaced as a whole")
}

// Register implements storage.Store.
func (s *store) Register(ctx context.Context, txn storage.Transaction, config storage.TriggerConfig) (storage.TriggerHandle, error) {
	handle, err := s.Store.Register(ctx, inner(txn), config)
	return trigger{handle}, err
}

// trigger is one that was registered with our store.
type trigger struct{ storage.TriggerHandle }

// Unregister implements storage.TriggerHandle.
func (t trigger) Unregister(ctx context.Context, txn storage.Transaction) {
	t.TriggerHandle.Unregister(ctx, inner(txn))
}

// Abort implements storage.Store.
func (s *store) Abort(ctx context.Context, txn storage.Transaction) { s.Store.Abort(ctx, inner(txn)) }
