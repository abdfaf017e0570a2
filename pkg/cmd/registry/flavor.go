package registry

import (
	"cmp"
	"slices"

	"github.com/spf13/pflag"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/imagepolicy"
)

// flavor is the --flavor of a command; empty where it is not given.
type flavor struct{ value imagepolicy.Flavor }

func (f *flavor) addFlags(flags *pflag.FlagSet, usage string) {
	flags.StringVar((*string)(&f.value), "flavor", "", usage)
	cli.Offer(flags, "flavor", string(imagepolicy.FlavorKKP), string(imagepolicy.FlavorHardened))
}

func (f *flavor) validate() error {
	if f.value == imagepolicy.FlavorUnknown || slices.Contains(imagepolicy.Flavors(), f.value) {
		return nil
	}
	return advice.Errorf("choose kkp or hardened", "unknown --flavor %q", f.value)
}

// offline is the flavor where no cluster says which is in force.
func (f *flavor) offline() imagepolicy.Flavor {
	return cmp.Or(f.value, imagepolicy.FlavorKKP)
}
