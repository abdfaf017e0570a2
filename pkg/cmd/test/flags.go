package test

import (
	"errors"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/engine"
	"github.com/kubectl-opa/kubectl-opa/pkg/review"
)

// flags are those of the command.
type flags struct {
	files          cli.Filenames
	kustomizations []string
	as             string
	target         string
	failOn         string
	allowEmpty     bool
	output         cli.ReportOutput
}

// points are the values of --as.
var points = map[string]engine.Point{"webhook": engine.Webhook, "audit": engine.Audit, "gator": engine.Gator}

var pointNames = []string{"webhook", "audit", "gator"}

// pointName is the value of --as for a point.
func pointName(point engine.Point) string {
	for name, each := range points {
		if each == point {
			return name
		}
	}
	return string(point)
}

// The values of --fail-on.
const (
	failDeny       = "deny"
	failWarn       = "warn"
	failDryRun     = "dryrun"
	failAutoreject = "autoreject"
	failNever      = "never"
)

var fails = []string{failDeny, failWarn, failDryRun, failAutoreject, failNever}

func (f *flags) add(cmd *cobra.Command) {
	set := cmd.Flags()
	f.files.AddFlags(set, "Policies and objects: files, directories or - for standard input; may be repeated.")
	set.StringArrayVarP(&f.kustomizations, "kustomize", "k", nil, "A directory with a kustomization, whose objects to review; may be repeated. Lines are those that kubectl kustomize prints.")
	set.StringVar(&f.as, "as", pointNames[0], "Whose answer it is: webhook, audit or gator. (kubectl's --as is of no use here: no cluster is asked.)")
	cli.Offer(set, "as", pointNames...)
	set.StringVar(&f.target, "target-gatekeeper", newest(), "The version of Gatekeeper that is meant, such as 3.12, which KKP brings.")
	cli.Offer(set, "target-gatekeeper", versions()...)
	set.StringVar(&f.failOn, "fail-on", failDeny, "What makes the exit code 1: deny, warn (or deny), dryrun (or warn or deny), autoreject (or deny), or never.")
	cli.Offer(set, "fail-on", fails...)
	set.BoolVar(&f.allowEmpty, "allow-empty", false, "Exit with 0 where nothing was evaluated.")
	f.output.Formats = []string{"table", "json", "yaml", "gator-json"}
	f.output.AddFlags(set)
}

// versions are those of --target-gatekeeper.
func versions() []string {
	texts := []string{}
	for _, version := range engine.Versions() {
		texts = append(texts, version.String())
	}
	return texts
}

func newest() string { return engine.Version{}.String() }

func (f *flags) toOptions(env *cli.Env, command string, args []string) (review.Options, error) {
	if err := f.output.Validate(); err != nil {
		return review.Options{}, err
	}
	point, known := points[f.as]
	if !known {
		return review.Options{}, advice.Errorf("choose webhook, audit or gator; kubectl's --as has no place here, as no cluster is asked",
			"unknown --as %s", advice.Quote(f.as))
	}
	if !slices.Contains(fails, f.failOn) {
		return review.Options{}, advice.Errorf("choose one of "+strings.Join(fails, ", "), "unknown --fail-on %s", advice.Quote(f.failOn))
	}
	target, err := engine.ParseVersion(f.target)
	if err != nil {
		return review.Options{}, err
	}
	paths := slices.Concat(f.files.Paths, args)
	switch {
	case len(paths)+len(f.kustomizations) == 0:
		return review.Options{}, cli.UsageError(command, "which policies and objects? give files or directories with -f")
	case slices.Contains(paths, "") || slices.Contains(f.kustomizations, ""):
		return review.Options{}, cli.UsageError(command, "a path is empty")
	}
	return review.Options{
		Paths: paths, Kustomizations: f.kustomizations, Stdin: env.In, Namespace: env.GivenNamespace(),
		Engine: engine.Options{Point: point, Target: target},
	}, nil
}

// explainFlag helps those who know the flags of "gator test".
func explainFlag(cmd *cobra.Command, err error) error {
	ours := map[string]string{
		"deny-only":                    "all findings are shown here; --fail-on says which of them count",
		"t":                            "there is no trace here",
		"trace":                        "there is no trace here",
		"stats":                        "there are no statistics here",
		"i":                            "policies are read from files here: pull the image first",
		"image":                        "policies are read from files here: pull the image first",
		"enable-k8s-native-validation": "templates with CEL are evaluated as Gatekeeper does; --target-gatekeeper 3.12 has none",
	}
	var unknown *pflag.NotExistError
	if errors.As(err, &unknown) {
		if next := ours[unknown.GetSpecifiedName()]; next != "" {
			return advice.Wrap(err, "%s", next)
		}
	}
	return advice.Wrap(err, "see %s --help", cmd.CommandPath())
}
