package registry

import (
	"cmp"
	"context"
	"errors"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd/internal/object"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd/internal/object/gatekeeper"
	"github.com/kubectl-opa/kubectl-opa/pkg/imagepolicy"
	"github.com/kubectl-opa/kubectl-opa/pkg/kube"
	"github.com/kubectl-opa/kubectl-opa/pkg/platform"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
)

type renderOptions struct {
	env      *cli.Env
	files    cli.Filenames
	prefixes []string
	// cluster is a user cluster, with a Gatekeeper of its own.
	cluster string
	flavor  flavor
	output  cli.ObjectOutput
}

func newRender(env *cli.Env) *cobra.Command {
	o := &renderOptions{env: env, output: cli.ObjectOutput{Format: "yaml"}}
	command := &cobra.Command{
		Use:   "render",
		Short: "Print the template and the constraint that enforce all registries",
		Long: "Print the template and the Default Constraint that KKP makes from all registries: those on the\n" +
			"cluster, or those given with --prefix and -f. With --flavor hardened the template is one that reads\n" +
			"images as container runtimes do and looks at ephemeral containers too. The Enterprise Edition puts\n" +
			"its own in the place of any other.\n\n" +
			"On a cluster with Gatekeeper, or with --platform gatekeeper, it is what kubectl opa registry add\n" +
			"keeps there: the hardened template, and one constraint.",
		Example: "  kubectl opa registry render\n" +
			"  kubectl opa registry render --prefix quay.io --prefix registry.k8s.io/\n" +
			"  kubectl opa registry render --flavor hardened --prefix quay.io",
		Args: cli.Args(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := errors.Join(o.flavor.validate(), o.output.Validate()); err != nil {
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
	o.flavor.addFlags(flags, "The template to print, kkp or hardened. By default kkp on KKP, and hardened elsewhere.")
	flags.StringVarP(&o.cluster, "user-cluster", "c", "", "What Gatekeeper has on this KKP user cluster, by ID or by its human-readable name.")
	_ = command.RegisterFlagCompletionFunc("user-cluster", object.CompleteClusters(env))
	flags.StringArrayVar(&o.prefixes, "prefix", nil, "A prefix to render offline instead of the registries on the cluster; may be repeated.")
	return command
}

// run renders offline where prefixes or manifests are given, else live.
func (o *renderOptions) run(ctx context.Context) ([]*unstructured.Unstructured, error) {
	plain, err := o.plain(ctx)
	if err != nil {
		return nil, err
	}
	if plain {
		return o.renderPlain(ctx)
	}
	prefixes, existing, err := o.source(ctx)
	if err != nil {
		return nil, err
	}
	texts := []string{}
	for _, prefix := range prefixes {
		texts = append(texts, prefix.Text)
	}
	template, err := policy.TemplateObject(imagepolicy.Template(o.flavor.offline()))
	if err != nil {
		return nil, err
	}
	if len(prefixes) == 0 && o.flavor.offline() == imagepolicy.FlavorHardened {
		// The Community Edition, where this template can stay, ignores that a
		// constraint is disabled.
		o.env.Warn("there is no registry: the Default Constraint is left out, its empty list would deny every Pod")
		return []*unstructured.Unstructured{template}, nil
	}
	constraint, err := policy.ConstraintObject(imagepolicy.KKPConstraint(texts, existing))
	return []*unstructured.Unstructured{template, constraint}, err
}

func (o *renderOptions) source(ctx context.Context) ([]imagepolicy.Prefix, *kubermaticv1.Constraint, error) {
	if !o.offline() {
		return o.fromCluster(ctx)
	}
	prefixes, err := offlinePrefixes(ctx, o.env, o.flavor.offline(), o.prefixes, o.files.Paths)
	return prefixes, nil, err
}

// fromCluster reads the registries, and the Default Constraint whose other
// fields KKP keeps.
func (o *renderOptions) fromCluster(ctx context.Context) ([]imagepolicy.Prefix, *kubermaticv1.Constraint, error) {
	kkp, _, err := o.env.KKP(ctx)
	if err != nil {
		return nil, nil, err
	}
	prefixes, err := livePrefixes(ctx, kkp)
	if err != nil {
		return nil, nil, err
	}
	warnOf(o.env, o.flavor.offline(), prefixes)
	existing, err := kkp.DefaultConstraint(ctx, kubermaticv1.AllowedRegistryName)
	if errors.Is(err, kube.ErrForbidden) {
		o.env.Warn("what an admin has set on the Default Constraint is unknown, and left out: " + err.Error())
		return prefixes, nil, nil
	}
	if errors.Is(err, kube.ErrNotFound) {
		return prefixes, nil, nil
	}
	return prefixes, existing, err
}

// offline tells whether the registries are given.
func (o *renderOptions) offline() bool { return len(o.files.Paths) > 0 || len(o.prefixes) > 0 }

// plain tells whether Gatekeeper's own objects are wanted. Offline, they are
// KKP's unless --platform says otherwise.
func (o *renderOptions) plain(ctx context.Context) (bool, error) {
	switch {
	case o.offline() && o.cluster != "":
		return false, advice.Errorf("give one of the two", "-c names a cluster, and --prefix or -f the registries themselves")
	case o.offline():
		return o.env.GivenPlatform == cli.OnGatekeeper, nil
	case o.cluster != "":
		return true, nil
	}
	on, err := o.env.Platform(ctx)
	return on == cli.OnGatekeeper, err
}

// renderPlain renders what is kept on a cluster with Gatekeeper.
func (o *renderOptions) renderPlain(ctx context.Context) ([]*unstructured.Unstructured, error) {
	by := cmp.Or(o.flavor.value, imagepolicy.FlavorHardened)
	state := &gatekeeper.RegistryState{}
	var err error
	if o.offline() {
		state.Prefixes, err = offlinePrefixes(ctx, o.env, by, o.prefixes, o.files.Paths)
	} else {
		var found platform.Gatekeeper
		if found, err = o.env.Gatekeeper(ctx, o.cluster); err == nil {
			state, err = gatekeeper.ReadRegistries(ctx, found)
		}
	}
	if err != nil {
		return nil, err
	}
	template, constraint, err := imagepolicy.GatekeeperObjects(cmp.Or(o.flavor.value, state.Flavor, by), state.Prefixes, state.Constraint)
	if constraint == nil {
		o.env.Warn("there is no registry: there is no constraint then, an empty list would deny every Pod")
		return []*unstructured.Unstructured{template}, err
	}
	return []*unstructured.Unstructured{template, constraint}, err
}
