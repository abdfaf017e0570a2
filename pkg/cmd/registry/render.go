package registry

import (
	"context"
	"errors"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/imagepolicy"
	"github.com/kubectl-opa/kubectl-opa/pkg/kube"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
)

type renderOptions struct {
	env      *cli.Env
	files    cli.Filenames
	prefixes []string
	output   cli.ObjectOutput
}

func newRender(env *cli.Env) *cobra.Command {
	o := &renderOptions{env: env, output: cli.ObjectOutput{Format: "yaml"}}
	command := &cobra.Command{
		Use:   "render",
		Short: "Print the template and the Default Constraint that KKP makes from all registries",
		Example: "  kubectl opa registry render\n" +
			"  kubectl opa registry render --prefix quay.io --prefix registry.k8s.io/",
		Args: cli.Args(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.output.Validate(); err != nil {
				return err
			}
			objects, err := o.run(cmd.Context())
			if err != nil {
				return err
			}
			return o.output.Print(env, false, objects...)
		},
	}
	flags := command.Flags()
	o.output.AddFlags(flags)
	o.files.AddFlags(flags, "AllowedRegistries to render offline instead of those on the cluster.")
	flags.StringArrayVar(&o.prefixes, "prefix", nil, "A prefix to render offline instead of the registries on the cluster; may be repeated.")
	return command
}

// run renders offline where prefixes or manifests are given, else live.
func (o *renderOptions) run(ctx context.Context) ([]*unstructured.Unstructured, error) {
	prefixes, existing := o.prefixes, (*kubermaticv1.Constraint)(nil)
	var err error
	switch {
	case len(o.files.Paths) > 0:
		more, err := o.fromFiles(ctx)
		if err != nil {
			return nil, err
		}
		prefixes = append(prefixes, more...)
	case len(prefixes) > 0:
		for _, prefix := range prefixes {
			if err := imagepolicy.CheckPrefix(prefix); err != nil {
				return nil, err
			}
		}
	default:
		if prefixes, existing, err = o.fromCluster(ctx); err != nil {
			return nil, err
		}
	}
	template, err := policy.TemplateObject(imagepolicy.KKPTemplate())
	if err != nil {
		return nil, err
	}
	constraint, err := policy.ConstraintObject(imagepolicy.KKPConstraint(prefixes, existing))
	return []*unstructured.Unstructured{template, constraint}, err
}

func (o *renderOptions) fromFiles(ctx context.Context) ([]string, error) {
	documents, err := manifest.Load(o.files.Paths, o.env.In)
	if err != nil {
		return nil, err
	}
	prefixes := []string{}
	failed := []error{}
	for _, document := range documents {
		intent, err := read(ctx, document)
		if err != nil {
			failed = append(failed, err)
			continue
		}
		prefix, _, _ := unstructured.NestedString(intent.Object.Object, "spec", "registryPrefix")
		prefixes = append(prefixes, prefix)
	}
	return prefixes, errors.Join(failed...)
}

// fromCluster reads the registries, and the Default Constraint whose other
// fields KKP keeps.
func (o *renderOptions) fromCluster(ctx context.Context) ([]string, *kubermaticv1.Constraint, error) {
	kkp, _, err := o.env.KKP()
	if err != nil {
		return nil, nil, err
	}
	registries, err := kkp.Registries(ctx)
	if err != nil {
		return nil, nil, err
	}
	prefixes := []string{}
	for i := range registries {
		prefix := registries[i].Spec.RegistryPrefix
		if err := imagepolicy.CheckPrefix(prefix); err != nil {
			o.env.Warn("registry " + registries[i].Name + ": " + err.Error())
		}
		prefixes = append(prefixes, prefix)
	}
	existing, err := kkp.DefaultConstraint(ctx, kubermaticv1.AllowedRegistryName)
	if errors.Is(err, kube.ErrNotFound) {
		return prefixes, nil, nil
	}
	return prefixes, existing, err
}
