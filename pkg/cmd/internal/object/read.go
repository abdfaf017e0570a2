package object

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
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
			return o.print(objects)
		},
	}
	o.output.AddFlags(command.Flags())
	o.where.addFlags(command)
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
			return errors.Join(o.print(objects), err)
		},
	}
	o.output.AddFlags(command.Flags())
	o.where.addFlags(command)
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

func (o *readOptions) print(objects []*unstructured.Unstructured) error {
	asList := len(o.names) != 1
	if !o.output.People() {
		if len(objects) == 0 && !asList {
			return nil
		}
		return o.output.Print(o.env, asList, objects...)
	}
	if len(objects) == 0 {
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
	return table.Write(o.env.Out, o.env.OutTheme())
}
