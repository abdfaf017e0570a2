package registry

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	reportv1alpha1 "github.com/kubectl-opa/kubectl-opa/pkg/api/report/v1alpha1"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd/internal/object"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
)

type checkOptions struct {
	env    *cli.Env
	images []string
	files  cli.Filenames
	// prefixes and registries stand in for the registries on the cluster.
	prefixes   []string
	registries []string
	// cluster is a user cluster, whose own Gatekeeper decides.
	cluster string
	flavor  flavor
	edition cli.Edition
	output  cli.ReportOutput
}

func newCheck(env *cli.Env) *cobra.Command {
	o := &checkOptions{env: env}
	command := &cobra.Command{
		Use:   "check IMAGE... | -f FILE...",
		Short: "Say which images the registries allow, by which prefix, and which they deny",
		Long: "Say which images the registries allow, as the template of one flavor decides. For kkp, KKP's own,\n" +
			"an image must begin with the prefix of a registry, letter for letter. For hardened it is read as\n" +
			"container runtimes read it, so that nginx is docker.io/library/nginx, and a prefix ends where a part\n" +
			"of the image ends. Where the other flavor decides differently, a column says so.\n\n" +
			"The registries are those on the cluster, or those given with --prefix and --registries. Of several\n" +
			"prefixes that allow an image the longest is named; for an image that is denied, the one with the\n" +
			"longest beginning in common.\n\n" +
			"Manifests are Pods and whatever has a pod template. Both templates look at Pods only: they admit a\n" +
			"Deployment with an image that is denied, and none of its Pods. KKP's does not look at ephemeral\n" +
			"containers.\n\n" +
			"The exit code is 1 where an image is denied, and 3 where there is no image or no registry.",
		Example: "  kubectl opa registry check nginx quay.io/org/app:1.2\n" +
			"  kubectl opa registry check -f manifests/ --prefix quay.io/ --prefix registry.k8s.io/\n" +
			"  kubectl opa registry check nginx:1.29 --prefix docker.io/library/ --flavor hardened",
		RunE: func(cmd *cobra.Command, args []string) error {
			o.images = args
			if err := o.validate(cmd.CommandPath()); err != nil {
				return err
			}
			report, err := o.run(cmd.Context())
			if err != nil {
				return err
			}
			return errors.Join(o.print(report), finding(report))
		},
	}
	o.addFlags(command.Flags())
	_ = command.RegisterFlagCompletionFunc("user-cluster", object.CompleteClusters(env))
	return command
}

func (o *checkOptions) addFlags(flags *pflag.FlagSet) {
	o.output.AddFlags(flags)
	o.files.AddFlags(flags, "Manifests whose images to check: files, directories or - for standard input.")
	flags.StringArrayVar(&o.prefixes, "prefix", nil, "A prefix to check by offline instead of the registries on the cluster; may be repeated.")
	flags.StringSliceVar(&o.registries, "registries", nil, "AllowedRegistries to check by offline: files, directories or - for standard input.")
	o.flavor.addFlags(flags, "The template that decides, kkp or hardened. By default the one on the cluster; offline kkp.")
	flags.StringVarP(&o.cluster, "user-cluster", "c", "", "Check by what Gatekeeper has on this KKP user cluster, by ID or by its human-readable name.")
	o.edition.AddFlags(flags)
}

func (o *checkOptions) validate(command string) error {
	if err := o.output.Validate(); err != nil {
		return err
	}
	if err := errors.Join(o.flavor.validate(), o.edition.Validate()); err != nil {
		return err
	}
	switch {
	case len(o.images) == 0 && len(o.files.Paths) == 0:
		return cli.UsageError(command, "which images? give them by name, or manifests with -f")
	case slices.Contains(o.images, ""):
		// A variable of a script that is not set.
		return cli.UsageError(command, "image %d is empty", slices.Index(o.images, "")+1)
	case slices.ContainsFunc(o.images, isFile):
		return cli.UsageError(command, "%s is no image: give manifests with -f", o.images[slices.IndexFunc(o.images, isFile)])
	case slices.Contains(o.files.Paths, "-") && slices.Contains(o.registries, "-"):
		return cli.UsageError(command, "standard input can be read once: give -f or --registries a file")
	}
	return nil
}

// isFile tells whether an argument lacks the -f before it.
func isFile(argument string) bool {
	return argument == "-" || slices.Contains([]string{".yaml", ".yml", ".json"}, filepath.Ext(argument))
}

// run reads the images before it asks a cluster for the registries.
func (o *checkOptions) run(ctx context.Context) (reportv1alpha1.RegistryCheckReport, error) {
	report := reportv1alpha1.RegistryCheckReport{
		APIVersion: reportv1alpha1.APIVersion, Kind: "RegistryCheckReport",
		Registries: []reportv1alpha1.AllowedPrefix{}, Images: []reportv1alpha1.CheckedImage{},
	}
	places, err := readPlaces(o.images, o.files.Paths, o.env.In)
	if err != nil {
		return report, nothing(err)
	}
	prefixes, by, err := o.source(ctx)
	if err != nil {
		return report, nothing(err)
	}
	report.Flavor = string(by)
	for _, prefix := range prefixes {
		report.Registries = append(report.Registries, reportv1alpha1.AllowedPrefix{Name: prefix.Registry, Prefix: prefix.Text})
	}
	for _, place := range places {
		report.Images = append(report.Images, place.check(by, prefixes))
	}
	return report, nil
}

// nothing gives files without a document the exit code of an empty run.
func nothing(err error) error {
	if errors.Is(err, manifest.ErrNoDocuments) {
		return fmt.Errorf("%w: %w", cli.ErrNothing, err)
	}
	return err
}

// finding is the exit code of a report. The other flavor has no say in it.
func finding(report reportv1alpha1.RegistryCheckReport) error {
	if slices.ContainsFunc(report.Images, func(i reportv1alpha1.CheckedImage) bool { return i.Denied() }) {
		return cli.ErrFinding
	}
	return nil
}
