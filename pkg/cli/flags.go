package cli

import (
	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
)

// ExactlyOne tells whether one, and only one, of several ways was used.
func ExactlyOne(used ...bool) bool {
	count := 0
	for _, way := range used {
		if way {
			count++
		}
	}
	return count == 1
}

// DryRun is the --dry-run of commands that change something.
type DryRun struct {
	Mode string
}

// AddFlags registers --dry-run.
func (d *DryRun) AddFlags(flags *pflag.FlagSet) {
	flags.StringVar(&d.Mode, "dry-run", "none",
		"none, client (send nothing that changes) or server (let the server check and keep nothing).")
	Offer(flags, "dry-run", "none", "client", "server")
}

// Validate refuses an unknown mode.
func (d *DryRun) Validate() error {
	switch d.Mode {
	case "none", "client", "server":
		return nil
	}
	return advice.Errorf("choose none, client or server", "unknown --dry-run %q", d.Mode)
}

// Client tells whether nothing that changes may be sent.
func (d *DryRun) Client() bool { return d.Mode == "client" }

// Server tells whether the server is to keep nothing.
func (d *DryRun) Server() bool { return d.Mode == "server" }

// Suffix is what a line about a change ends in.
func (d *DryRun) Suffix() string {
	switch d.Mode {
	case "client":
		return " (dry run)"
	case "server":
		return " (server dry run)"
	}
	return ""
}

// Filenames is the -f of commands that read manifests.
type Filenames struct {
	Paths []string
}

// AddFlags registers -f.
func (f *Filenames) AddFlags(flags *pflag.FlagSet, usage string) {
	flags.StringSliceVarP(&f.Paths, "filename", "f", nil, usage)
}

// CheckLabels refuses the value of a flag that is no label selector.
func CheckLabels(flag, text string) error {
	if _, err := labels.Parse(text); err != nil {
		return advice.Errorf("write it as kubectl get -l takes it, such as env=prod,team in (a,b)", "cannot read %s %q: %w", flag, text, err)
	}
	return nil
}
