package command

import (
	"errors"
	"flag"
	"fmt"
	"strings"
	"time"
)

// auditInterval is short, so that a test need not wait for an audit. Gatekeeper's own is a minute.
const auditInterval = 3 * time.Second

// A folders flag may be given several times.
type folders []string

func (f *folders) String() string { return strings.Join(*f, ",") }

func (f *folders) Set(value string) error {
	*f = append(*f, value)
	return nil
}

// options are the flags that serve and run share.
type options struct {
	crds          folders
	gatekeeper    bool
	fleet         bool
	auditInterval time.Duration
}

func flagSet(name string) (*flag.FlagSet, *options) {
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	o := &options{}
	flags.Var(&o.crds, "crds", "")
	flags.BoolVar(&o.gatekeeper, "gatekeeper", false, "")
	flags.BoolVar(&o.fleet, "fleet", false, "")
	flags.DurationVar(&o.auditInterval, "audit-interval", auditInterval, "")
	return flags, o
}

// check says what is wrong with flags that each can be read.
func (o *options) check() error {
	var err error
	switch {
	case o.fleet && o.gatekeeper:
		err = errors.New("a fleet has Gatekeeper where it belongs: give --fleet or --gatekeeper")
	case o.fleet && len(o.crds) == 0:
		err = errors.New("--fleet needs the folder of KKP's CRDs: give --crds")
	case o.auditInterval < time.Second || o.auditInterval%time.Second != 0:
		err = errors.New("--audit-interval must be whole seconds, and not zero")
	default:
		return nil
	}
	return fmt.Errorf("parsing arguments: %w: %w", err, errUsage)
}

// what names the thing that the options make.
func (o *options) what(version string) string {
	switch {
	case o.fleet:
		return "fleet of control planes " + version
	case o.gatekeeper:
		return "control plane " + version + " with Gatekeeper"
	}
	return "control plane " + version
}
