package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/printers"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
)

// ObjectOutput is the -o of commands that print objects.
type ObjectOutput struct {
	Format string
}

const objectFormats = "json, yaml, name, wide, jsonpath=…, jsonpath-file=…, go-template=…, go-template-file=…"

// AddFlags registers -o.
func (o *ObjectOutput) AddFlags(flags *pflag.FlagSet) {
	flags.StringVarP(&o.Format, "output", "o", o.Format, "Output format: "+objectFormats+".")
	Offer(flags, "output", strings.Split(strings.ReplaceAll(objectFormats, "…", ""), ", ")...)
}

// People tells whether a table or sentences are wanted instead of objects.
func (o *ObjectOutput) People() bool { return o.Format == "" || o.Format == "wide" }

// Validate refuses a format that does not exist, before anything is done.
func (o *ObjectOutput) Validate() error {
	if o.People() {
		return nil
	}
	_, err := o.printer()
	return err
}

// printer makes cli-runtime's printer for the format. Its flags are made here
// and not registered, so that names such as --template stay free.
func (o *ObjectOutput) printer() (printers.ResourcePrinter, error) {
	flags := genericclioptions.NewPrintFlags("")
	flags.OutputFormat = &o.Format
	printer, err := flags.ToPrinter()
	if genericclioptions.IsNoCompatiblePrinterError(err) {
		return nil, advice.Errorf("choose one of "+objectFormats, "unknown output format %q", o.Format)
	}
	if err != nil {
		return nil, fmt.Errorf("reading --output %q: %w", o.Format, err)
	}
	return &printers.OmitManagedFieldsPrinter{Delegate: printer}, nil
}

// Print prints objects in the machine format. Lists are printed as one List,
// as kubectl does; otherwise each object is a document of its own.
func (o *ObjectOutput) Print(env *Env, asList bool, objects ...*unstructured.Unstructured) error {
	printer, err := o.printer()
	if err != nil {
		return err
	}
	if o.Format == "yaml" {
		// Ours keeps policies readable, where cli-runtime's would print a text
		// with tabs in it as one quoted line.
		if asList {
			objects = []*unstructured.Unstructured{{Object: list(objects).UnstructuredContent()}}
		}
		return manifest.WriteYAML(env.Out, withoutManagedFields(objects)...)
	}
	if asList && o.Format != "name" {
		return printer.PrintObj(list(objects), env.Out)
	}
	for _, object := range objects {
		if err := printer.PrintObj(object, env.Out); err != nil {
			return fmt.Errorf("printing %s %q: %w", object.GetKind(), object.GetName(), err)
		}
	}
	return nil
}

func withoutManagedFields(objects []*unstructured.Unstructured) []*unstructured.Unstructured {
	bare := make([]*unstructured.Unstructured, len(objects))
	for i, object := range objects {
		bare[i] = object.DeepCopy()
		bare[i].SetManagedFields(nil)
	}
	return bare
}

func list(objects []*unstructured.Unstructured) *unstructured.UnstructuredList {
	all := &unstructured.UnstructuredList{Object: map[string]any{
		"apiVersion": "v1", "kind": "List", "metadata": map[string]any{},
	}}
	for _, object := range withoutManagedFields(objects) {
		all.Items = append(all.Items, *object)
	}
	return all
}
