// Package regodriver evaluates the Rego of Gatekeeper's templates with the
// results of the frameworks' own driver, and faster: a query is prepared once
// for each template, an object is converted once for each review, and what the
// store holds is converted once for as long as it stays. It embeds that driver,
// which keeps constraints and inventory, and answers whatever is not hot:
// traces, statistics, dumps and other targets than Gatekeeper's.
package regodriver

import (
	"context"
	"fmt"
	"sync"

	"github.com/open-policy-agent/frameworks/constraint/pkg/client/drivers"
	"github.com/open-policy-agent/frameworks/constraint/pkg/client/drivers/rego"
	"github.com/open-policy-agent/frameworks/constraint/pkg/core/templates"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/target"
	"github.com/open-policy-agent/opa/v1/storage"
)

var _ drivers.Driver = &Driver{}

// Driver is a drivers.Driver for the engine "Rego". Several goroutines may use
// it at once.
type Driver struct {
	*rego.Driver
	options Options
	code    compilation
	store   *store
	terms   *terms

	mtx sync.RWMutex
	// prepared has the queries for Gatekeeper's target by the kind of their
	// constraints.
	prepared map[string]*prepared
}

// New makes a driver without templates.
func New(options Options) (*Driver, error) {
	inventory, err := newStore(context.Background())
	if err != nil {
		return nil, fmt.Errorf("starting the store of the Rego engine: %w", err)
	}
	original, err := rego.New(options.args(map[string]storage.Store{target.Name: inventory})...)
	if err != nil {
		return nil, fmt.Errorf("starting Gatekeeper's Rego engine: %w", err)
	}
	return &Driver{
		Driver:   original,
		options:  options,
		code:     options.compilation(),
		store:    inventory,
		terms:    newTerms(),
		prepared: map[string]*prepared{},
	}, nil
}

// AddTemplate compiles a template and replaces the one of the same kind. The
// errors are those of the frameworks' driver.
func (d *Driver) AddTemplate(ctx context.Context, template *templates.ConstraintTemplate) error {
	d.mtx.Lock()
	defer d.mtx.Unlock()
	if err := d.Driver.AddTemplate(ctx, template); err != nil {
		return err
	}
	kind := template.Spec.CRD.Spec.Names.Kind
	delete(d.prepared, kind)
	for _, each := range template.Spec.Targets {
		if each.Target == target.Name {
			d.prepared[kind] = d.prepare(each.DeepCopy())
		}
	}
	return nil
}

// RemoveTemplate removes a template and what is known of its constraints. It is
// no error if the template does not exist.
func (d *Driver) RemoveTemplate(ctx context.Context, template *templates.ConstraintTemplate) error {
	d.mtx.Lock()
	defer d.mtx.Unlock()
	if err := d.Driver.RemoveTemplate(ctx, template); err != nil {
		return err
	}
	delete(d.prepared, template.Spec.CRD.Spec.Names.Kind)
	return nil
}
