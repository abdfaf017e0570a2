package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/pkg/kube"
)

// Change is one object that a command changed.
type Change struct {
	Object  *unstructured.Unstructured
	Outcome kube.Outcome
}

// ChangeOutput are the flags of every command that changes objects: how to
// print them, and whether to change anything at all.
type ChangeOutput struct {
	ObjectOutput
	DryRun
}

// AddFlags registers -o and --dry-run.
func (c *ChangeOutput) AddFlags(flags *pflag.FlagSet) {
	c.ObjectOutput.AddFlags(flags)
	c.DryRun.AddFlags(flags)
}

// Validate refuses formats and modes that do not exist.
func (c *ChangeOutput) Validate() error {
	if err := c.ObjectOutput.Validate(); err != nil {
		return err
	}
	return c.DryRun.Validate()
}

// Print prints what was changed: the objects, or a line each in kubectl's
// words.
func (c *ChangeOutput) Print(env *Env, changes []Change) error {
	if !c.People() {
		objects := make([]*unstructured.Unstructured, len(changes))
		for i, change := range changes {
			objects[i] = change.Object
		}
		return c.ObjectOutput.Print(env, false, objects...)
	}
	for _, change := range changes {
		kind := strings.ToLower(change.Object.GetKind())
		if group := change.Object.GroupVersionKind().Group; group != "" {
			kind += "." + group
		}
		_, err := fmt.Fprintf(env.Out, "%s/%s %s%s\n", kind, change.Object.GetName(), change.Outcome, c.Suffix())
		if err != nil {
			return err
		}
	}
	return nil
}
