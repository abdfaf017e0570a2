package regodriver

import (
	"context"
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
)

// store keeps constraints and inventory as the frameworks' driver does, and
// remembers what readers got as Rego values until something is written. Values
// are made when they are read first, so filling the store costs nothing more.
type store struct {
	storage.Store

	mtx sync.RWMutex
	// writing is the last transaction that could write: it must see what it
	// wrote. There is one at a time.
	writing storage.Transaction
	known   *remembered
	// commits is how often something was written. It does not change while
	// somebody reads.
	commits uint64
}

// newStore makes a store with an empty inventory.
func newStore(ctx context.Context) (*store, error) {
	s := &store{Store: inmem.NewWithOpts(inmem.OptRoundTripOnWrite(false)), known: &remembered{}}
	return s, storage.Txn(ctx, s, storage.WriteParams, func(txn storage.Transaction) error {
		// A commit calls this before it lets readers in again.
		if _, err := s.Register(ctx, txn, storage.TriggerConfig{OnCommit: s.forget}); err != nil {
			return err
		}
		return storage.MakeDir(ctx, s, txn, storage.Path{"inventory"})
	})
}

func (s *store) forget(context.Context, storage.Transaction, storage.TriggerEvent) {
	s.mtx.Lock()
	defer s.mtx.Unlock()
	s.known = &remembered{}
	s.commits++
}

// commit is the state of the store that a reader sees.
func (s *store) commit() uint64 {
	s.mtx.RLock()
	defer s.mtx.RUnlock()
	return s.commits
}

// NewTransaction opens a transaction.
func (s *store) NewTransaction(ctx context.Context, params ...storage.TransactionParams) (storage.Transaction, error) {
	txn, err := s.Store.NewTransaction(ctx, params...)
	if err == nil && len(params) > 0 && params[0].Write {
		s.mtx.Lock()
		defer s.mtx.Unlock()
		s.writing = txn
	}
	return txn, err
}

// Read returns the value at a path, as a Rego value to those that only read.
func (s *store) Read(ctx context.Context, txn storage.Transaction, path storage.Path) (any, error) {
	s.mtx.RLock()
	through := txn == s.writing || len(path) == 0
	var value ast.Value
	if !through {
		value = s.known.find(path)
	}
	s.mtx.RUnlock()
	if value != nil {
		return value, nil
	}
	native, err := s.Store.Read(ctx, txn, path)
	if err != nil || through {
		return native, err
	}
	value, err = ast.InterfaceToValue(native)
	if err != nil {
		return nil, err
	}
	s.mtx.Lock()
	defer s.mtx.Unlock()
	s.known.keep(path, value)
	return value, nil
}

// value is what a reader gets at a path, as a Rego value.
func (s *store) value(ctx context.Context, txn storage.Transaction, path storage.Path) (ast.Value, error) {
	found, err := s.Read(ctx, txn, path)
	if err != nil {
		return nil, err
	}
	return ast.InterfaceToValue(found)
}

// remembered is a tree of values by their paths.
type remembered struct {
	value ast.Value
	below map[string]*remembered
}

// find returns the value at a path, out of a value above it where there is one;
// nil if it is not known. Only objects are looked into: how a path leads into an
// array is the store's business.
func (r *remembered) find(path storage.Path) ast.Value {
	for i := 0; ; i++ {
		if r.value != nil {
			return inside(r.value, path[i:])
		}
		next := (*remembered)(nil)
		if i < len(path) {
			next = r.below[path[i]]
		}
		if next == nil {
			return nil
		}
		r = next
	}
}

func inside(value ast.Value, path storage.Path) ast.Value {
	for _, name := range path {
		object, ok := value.(ast.Object)
		if !ok {
			return nil
		}
		member := object.Get(ast.InternedTerm(name))
		if member == nil {
			return nil
		}
		value = member.Value
	}
	return value
}

// keep remembers a value. What was known below it is part of it.
func (r *remembered) keep(path storage.Path, value ast.Value) {
	for _, name := range path {
		next := r.below[name]
		if next == nil {
			next = &remembered{}
			if r.below == nil {
				r.below = map[string]*remembered{}
			}
			r.below[name] = next
		}
		r = next
	}
	r.value, r.below = value, nil
}
