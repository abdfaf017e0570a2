// Package review measures "kubectl opa test" beside "gator test": many objects
// against policies, offline.
package review

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/kubectl-opa/kubectl-opa/hack/bench/internal/manifests"
	"github.com/kubectl-opa/kubectl-opa/hack/bench/internal/policies"
)

// The benchmarks that all peers have part in, and those of the plugin alone.
const (
	regoJSON   = "rego-json"
	regoYAML   = "rego-yaml"
	regoUnlike = "rego-unlike"
	celJSON    = "cel-json"
	celYAML    = "cel-yaml"
	many       = "many"
	memory     = "memory"
	first      = "first"
)

// Names are those of all benchmarks.
func Names() []string {
	return []string{regoJSON, regoYAML, regoUnlike, celJSON, celYAML, many, memory, first}
}

// Alone tells whether a benchmark is of the plugin alone.
func Alone(name string) bool { return name == memory || name == first }

// few is of how many Pods one has a fault: 1 %.
const few = 100

// mixedFaults is of how many mixed objects each constraint has one that violates it.
const mixedFaults = 100

var (
	regoFaults = []manifests.Fault{manifests.Labels, manifests.Repos, manifests.Probes, manifests.Limits}
	celFaults  = append(regoFaults[:len(regoFaults):len(regoFaults)], manifests.Privilege)
)

// A benchmark is objects and the policies that they are tested against.
type benchmark struct {
	name, about string
	set         policies.Set
	format      manifests.Format
	pods        manifests.Pods
	mixed       int // how many mixed objects there are, instead of Pods
	faster      float64
}

// compared are the benchmarks that all peers have part in.
func compared(pods, mixed int) []benchmark {
	rego := manifests.Pods{Count: pods, Every: few, Faults: regoFaults}
	unlike := rego
	unlike.Unlike = true
	cel := manifests.Pods{Count: pods, Every: few, Faults: celFaults}
	return []benchmark{
		{name: regoJSON, about: "four Rego templates, JSON documents", set: policies.Rego, format: manifests.JSON, pods: rego, faster: fasterRego},
		{name: regoYAML, about: "four Rego templates, YAML", set: policies.Rego, format: manifests.YAML, pods: rego, faster: fasterRego},
		{name: regoUnlike, about: "Pods of which none is like another", set: policies.Rego, format: manifests.JSON, pods: unlike, faster: fasterRego},
		{name: celJSON, about: "and one in CEL, JSON documents", set: policies.CEL, format: manifests.JSON, pods: cel, faster: fasterCEL},
		{name: celYAML, about: "and one in CEL, YAML", set: policies.CEL, format: manifests.YAML, pods: cel, faster: fasterCEL},
		{name: many, about: "40 Rego templates, mixed objects in YAML", set: policies.Many, format: manifests.YAML, mixed: mixed, faster: fasterRego},
	}
}

func (b benchmark) count() int { return max(b.mixed, b.pods.Count) }

func (b benchmark) documents() iter.Seq2[[]byte, error] {
	if b.mixed > 0 {
		return manifests.Documents(b.format, manifests.Mixed(b.mixed))
	}
	return b.pods.Documents(b.format)
}

// check compares how often each constraint is violated with what the objects
// were made for.
func (b benchmark) check(found map[string]int) error {
	want := b.pods.Found()
	for kind := range found {
		if b.mixed > 0 {
			want[kind] = b.mixed / mixedFaults
		}
	}
	if len(found) == 0 || !maps.Equal(want, found) {
		return fmt.Errorf("counting findings by constraint: want %v, found %v", want, found)
	}
	return nil
}

// files are where a benchmark is on disk.
type files struct {
	policies string // a folder
	objects  string // a file
}

// write writes a benchmark into a folder.
func (b benchmark) write(ctx context.Context, root, dir string) (files, error) {
	f := files{policies: filepath.Join(dir, "policies-"+b.name), objects: filepath.Join(dir, b.name+"."+string(b.format))}
	if err := policies.Write(ctx, root, f.policies, b.set); err != nil {
		return f, err
	}
	return f, writeFile(f.objects, func(out io.Writer) error { return manifests.Write(out, b.documents()) })
}

func writeFile(path string, write func(io.Writer) error) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(write(file), file.Close())
}

// choose leaves the benchmarks of some names, all where there are none.
func choose(all []benchmark, only []string) []benchmark {
	return slices.DeleteFunc(all, func(b benchmark) bool { return len(only) > 0 && !slices.Contains(only, b.name) })
}
