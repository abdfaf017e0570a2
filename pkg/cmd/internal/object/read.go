package object

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/fleet"
	"github.com/kubectl-opa/kubectl-opa/pkg/ui"
)

// readOptions is what list and get know once the flags are read.
type readOptions struct {
	where
	output cli.ObjectOutput
	// names is empty for list.
	names    []string
	selector string
	// site is where the objects are, once the cluster was reached.
	*site
}

// List makes the verb that shows all objects of a noun.
func List(env *cli.Env, nouns Nouns) *cobra.Command {
	o, noun := &readOptions{where: where{env: env, nouns: nouns}}, nouns.KKP
	command := &cobra.Command{
		Use:     "list",
		Aliases: []string{"ls"},
		Short:   "List all " + noun.Plural,
		Args:    cli.Args(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.output.Validate(); err != nil {
				return err
			}
			if err := cli.CheckLabels("--selector", o.selector); err != nil {
				return err
			}
			objects, err := o.list(cmd.Context())
			if err != nil {
				return err
			}
			sight, err := o.sight(cmd.Context(), objects)
			return errors.Join(o.print(objects, sight), err)
		},
	}
	o.output.AddFlags(command.Flags())
	o.addFlags(command)
	command.Flags().StringVarP(&o.selector, "selector", "l", "", "Only objects with these labels, such as team=a,env!=prod.")
	return command
}

// Get makes the verb that shows single objects.
func Get(env *cli.Env, nouns Nouns) *cobra.Command {
	o, noun := &readOptions{where: where{env: env, nouns: nouns}}, nouns.KKP
	command := &cobra.Command{
		Use:   "get NAME...",
		Short: "Show one " + noun.Name + " or several",
		Args:  cli.Args(1, -1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.output.Validate(); err != nil {
				return err
			}
			o.names = args
			objects, err := o.get(cmd.Context())
			if o.site == nil {
				return err
			}
			return errors.Join(o.print(objects, nil), err)
		},
	}
	o.output.AddFlags(command.Flags())
	o.addFlags(command)
	completeNames(&o.where, command)
	return command
}

func (o *readOptions) list(ctx context.Context) ([]*unstructured.Unstructured, error) {
	var err error
	if o.site, err = o.connect(ctx); err != nil {
		return nil, err
	}
	return o.all(ctx, o.selector)
}

// all are the objects of the noun: on KKP, without a user cluster, those of all
// of them.
func (s *site) all(ctx context.Context, labelSelector string) ([]*unstructured.Unstructured, error) {
	if s.All != nil {
		return s.All(ctx, s.live, labelSelector)
	}
	place, err := s.place("", false)
	if err != nil {
		return nil, err
	}
	all, err := s.store().List(ctx, place, labelSelector)
	if err != nil || !s.PerCluster || place.Namespace != "" {
		return all, err
	}
	own := []*unstructured.Unstructured{}
	for _, object := range all {
		if object.GetNamespace() != kubermaticv1.Namespace {
			own = append(own, object)
		}
	}
	return own, nil
}

// get reads every named object, and goes on where one fails.
func (o *readOptions) get(ctx context.Context) ([]*unstructured.Unstructured, error) {
	var err error
	if o.site, err = o.connect(ctx); err != nil {
		return nil, err
	}
	objects := []*unstructured.Unstructured{}
	failed := []error{}
	for _, name := range o.names {
		_, object, err := o.site.get(ctx, name)
		if err != nil {
			failed = append(failed, err)
			continue
		}
		objects = append(objects, object)
	}
	return objects, errors.Join(failed...)
}

func (o *readOptions) print(objects []*unstructured.Unstructured, sight *Sight) error {
	asList := len(o.names) != 1
	if !o.output.People() {
		if len(objects) == 0 && !asList {
			return nil
		}
		return o.output.Print(o.env, asList, objects...)
	}
	if len(objects) == 0 && (sight == nil || len(sight.More) == 0) {
		if asList {
			_, err := fmt.Fprintf(o.env.Err, "No %s found.\n", o.Plural)
			return err
		}
		return nil
	}
	table := ui.Table{Columns: o.Columns}
	for _, object := range objects {
		table.Rows = append(table.Rows, o.Row(object, o.env.Now()))
	}
	sight.addTo(&table)
	return table.Write(o.env.Out, o.env.OutTheme())
}

// sight reads, for people, what the user cluster of -c has. Where the user may
// not look there is a warning, and no more than before.
func (o *readOptions) sight(ctx context.Context, objects []*unstructured.Unstructured) (*Sight, error) {
	if o.OnCluster == nil || o.hosted == nil || !o.output.People() || !fleet.HasOPA(&o.hosted.Cluster) {
		return nil, nil
	}
	sight, err := o.OnCluster(ctx, o.live, o.hosted, objects)
	if cli.Denied(err) {
		o.env.Warn("what is on the user cluster is unknown: " + err.Error())
		return nil, nil
	}
	return sight, err
}

// addTo adds the columns and rows to a table. A nil sight adds nothing.
func (s *Sight) addTo(table *ui.Table) {
	if s == nil {
		return
	}
	table.Columns = append(slices.Clone(table.Columns), s.Columns...)
	for i := range table.Rows {
		table.Rows[i] = append(table.Rows[i], s.Cells[i]...)
	}
	table.Rows = append(table.Rows, s.More...)
}
