// Package suite is what is measured: policies, their input, and the results
// that they must come to.
package suite

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
)

// policies have the result as data.bench.result.
//
//go:embed policies/*.rego
var policies embed.FS

// Expression is what is asked of every policy.
const Expression = "data.bench.result"

// A Benchmark is one policy.
type Benchmark struct {
	Name   string
	About  string // a phrase for the table; Write puts in how many calls there are
	Lists  bool   // it reads all Pods, as one GET does
	Policy string // path of the policy, where Write has put it
	Input  string // path of the input
	want   func(Truth) any
}

var benchmarks = []Benchmark{
	{Name: "count", About: "count of all Pods", Lists: true, want: func(t Truth) any { return t.Count }},
	{Name: "images", About: "set of every container image", Lists: true, want: func(t Truth) any { return t.Images }},
	{Name: "labels", About: "aggregation over labels", Lists: true, want: func(t Truth) any { return t.Teams }},
	{Name: "calls", About: "%d different `query_name_ns` calls, each ten times", want: func(t Truth) any { return t.Calls }},
}

// Names are those of all benchmarks.
func Names() []string {
	names := []string{}
	for _, b := range benchmarks {
		names = append(names, b.Name)
	}
	return names
}

// Write returns the benchmarks of some names, all where there are none, with
// their files in a folder.
func Write(dir string, only []string, input Input) ([]Benchmark, error) {
	text, err := json.Marshal(input)
	if err != nil {
		return nil, err
	}
	inputFile := filepath.Join(dir, "input.json")
	errs := []error{os.WriteFile(inputFile, text, 0o600)}
	chosen := []Benchmark{}
	for _, b := range benchmarks {
		if len(only) > 0 && !slices.Contains(only, b.Name) {
			continue
		}
		policy, err := policies.ReadFile("policies/" + b.Name + ".rego")
		if !b.Lists {
			b.About = fmt.Sprintf(b.About, len(input.Pods))
		}
		b.Policy, b.Input = filepath.Join(dir, b.Name+".rego"), inputFile
		errs = append(errs, err, os.WriteFile(b.Policy, policy, 0o600))
		chosen = append(chosen, b)
	}
	return chosen, errors.Join(errs...)
}

// Check compares what a program printed with what is true. Sets come as arrays.
func (b Benchmark) Check(output []byte, truth Truth) error {
	var got any
	if err := json.Unmarshal(output, &got); err != nil {
		return fmt.Errorf("reading the result of %s: %w: %s", b.Name, err, shorten(output))
	}
	text, err := json.Marshal(b.want(truth))
	if err != nil {
		return err
	}
	var want any
	if err := json.Unmarshal(text, &want); err != nil {
		return err
	}
	if !reflect.DeepEqual(got, want) {
		return fmt.Errorf("checking the result of %s: want %s, found %s", b.Name, shorten(text), shorten(output))
	}
	return nil
}

// shorten keeps the beginning of a result for an error.
func shorten(text []byte) string {
	const limit = 500
	if len(text) > limit {
		return string(text[:limit]) + "…"
	}
	return string(text)
}
