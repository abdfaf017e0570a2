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
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
)

type checkOptions struct {
	env    *cli.Env
	images []string
	files  cli.Filenames
	// prefixes and registries stand in for the registries on the cluster.
	prefixes   []string
	registries []string
	edition    cli.Edition
	output     cli.ReportOutput
}

func newCheck(env *cli.Env) *cobra.Command {
	o := &checkOptions{env: env}
	command := &cobra.Command{
		Use:   "check IMAGE... | -f FILE...",
		Short: "Say which images the registries allow, by which prefix, and which they deny",
		Long: "Say which images the registries allow, as KKP's ConstraintTemplate decides: an image must begin\n" +
			"with the prefix of a registry, letter for letter. The registries are those on the cluster, or those\n" +
			"given with --prefix and --registries. Of several prefixes that allow an image the longest is named;\n" +
			"for an image that is denied, the one with the longest beginning in common.\n\n" +
			"Manifests are Pods and whatever has a pod template. KKP looks at Pods only: it admits a Deployment\n" +
			"with an image that is denied, and none of its Pods. It does not look at ephemeral containers.\n\n" +
			"The exit code is 1 where an image is denied, and 3 where there is no image or no registry.",
		Example: "  kubectl opa registry check nginx quay.io/org/app:1.2\n" +
			"  kubectl opa registry check -f manifests/ --prefix quay.io/ --prefix registry.k8s.io/",
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
	return command
}

func (o *checkOptions) addFlags(flags *pflag.FlagSet) {
	o.output.AddFlags(flags)
	o.files.AddFlags(flags, "Manifests whose images to check: files, directories or - for standard input.")
	flags.StringArrayVar(&o.prefixes, "prefix", nil, "A prefix to check by offline instead of the registries on the cluster; may be repeated.")
	flags.StringSliceVar(&o.registries, "registries", nil, "AllowedRegistries to check by offline: files, directories or - for standard input.")
	o.edition.AddFlags(flags)
}

func (o *checkOptions) validate(command string) error {
	if err := o.output.Validate(); err != nil {
		return err
	}
	if err := o.edition.Validate(); err != nil {
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
	prefixes, err := o.source(ctx)
	if err != nil {
		return report, nothing(err)
	}
	for _, prefix := range prefixes {
		report.Registries = append(report.Registries, reportv1alpha1.AllowedPrefix{Name: prefix.Registry, Prefix: prefix.Text})
	}
	for _, place := range places {
		report.Images = append(report.Images, place.check(prefixes))
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

// finding is the exit code of a report.
func finding(report reportv1alpha1.RegistryCheckReport) error {
	if slices.ContainsFunc(report.Images, denied) {
		return cli.ErrFinding
	}
	return nil
}

func denied(image reportv1alpha1.CheckedImage) bool { return image.Enforced && !image.Allowed }
