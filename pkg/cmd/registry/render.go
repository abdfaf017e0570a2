package registry

import (
	"context"
	"errors"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd/internal/object"
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
	for _, prefix := range o.prefixes {
		if err := imagepolicy.CheckPrefix(prefix); err != nil {
			return nil, err
		}
	}
	prefixes, existing, err := o.source(ctx)
	if err != nil {
		return nil, err
	}
	template, err := policy.TemplateObject(imagepolicy.KKPTemplate())
	if err != nil {
		return nil, err
	}
	constraint, err := policy.ConstraintObject(imagepolicy.KKPConstraint(prefixes, existing))
	return []*unstructured.Unstructured{template, constraint}, err
}

func (o *renderOptions) source(ctx context.Context) ([]string, *kubermaticv1.Constraint, error) {
	if len(o.files.Paths) == 0 && len(o.prefixes) == 0 {
		return o.fromCluster(ctx)
	}
	prefixes, err := o.fromFiles(ctx)
	return append(prefixes, o.prefixes...), nil, err
}

func (o *renderOptions) fromFiles(ctx context.Context) ([]string, error) {
	prefixes := []string{}
	if len(o.files.Paths) == 0 {
		return prefixes, nil
	}
	documents, err := manifest.Load(o.files.Paths, o.env.In)
	if err != nil {
		return nil, err
	}
	intents, err := object.ReadAll(ctx, o.env, noun(), documents)
	for _, intent := range intents {
		prefix, _, _ := unstructured.NestedString(intent.Object.Object, "spec", "registryPrefix")
		prefixes = append(prefixes, prefix)
	}
	return prefixes, err
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
