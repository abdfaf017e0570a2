// Package review tells of manifests what one enforcement point of Gatekeeper
// says of each object. Policies, Namespaces and definitions of custom resources
// are taken first, wherever they stand; objects are decoded and reviewed on all
// processors as they are read, and told of in the order of the input, so that
// it takes no more memory for more of them.
package review

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"

	"github.com/kubectl-opa/kubectl-opa/pkg/engine"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
)

// Options are what is reviewed, and by whom.
type Options struct {
	// Paths are files, directories and "-" for standard input, policies and
	// objects alike.
	Paths []string
	// Kustomizations are directories that are built as "kubectl kustomize" does.
	Kustomizations []string
	Stdin          io.Reader
	Engine         engine.Options
	// Namespace is that of objects which are in a namespace and name none;
	// "default" if it is empty.
	Namespace string
	// Skipped is told what of the input was passed over, and why.
	Skipped func(at manifest.Position, why string)
}

func (o Options) skipped(at manifest.Position, why string) {
	if o.Skipped != nil {
		o.Skipped(at, why)
	}
}

// Reviewed is an object and what is said of it.
type Reviewed struct {
	manifest.Document
	engine.Verdict
	// Requested says that the document is an AdmissionReview, whose request was
	// reviewed.
	Requested bool
	// notice is there instead of an object.
	*notice
	// Err is why it could not be read or reviewed. It begins with file:line, and
	// the document is there only if it could be read.
	Err error
}

// Summary says what a run had to do with.
type Summary struct {
	// Constraints and Templates are those that were in force.
	Templates, Constraints int
	// Objects were reviewed, Excluded are those of them that the enforcement
	// point does not ask its policies about.
	Objects, Excluded int
	// Matched is how often a constraint matched an object.
	Matched int
	// Disabled are constraints that were left out, as KKP does not write them to
	// clusters.
	Disabled []manifest.Document
	// Unsynced says that policies read the inventory and nothing says what is
	// synced, so that all objects are in it.
	Unsynced bool
	// Differences are what other enforcement points see differently.
	Differences []Difference
}

// Run reviews objects. What it finds is given to each, one after the other and
// in the order of the input; an error of each ends the run. The error tells
// what kept the policies from being in force, a PolicyError for each that is
// unsound, or that ctx ended; errors of single objects are given to each.
func Run(ctx context.Context, o Options, each func(Reviewed) error) (Summary, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	sources, err := open(o)
	if err != nil {
		return Summary{}, err
	}
	prepared, err := prepare(ctx, o, sources)
	if err != nil {
		sources.close()
		return Summary{}, err
	}
	run := &run{prepared: prepared, skipped: o.skipped, each: each, differences: newDifferences(prepared.enforcer.Differences())}
	err = inOrder(ctx, runtime.GOMAXPROCS(0), sources.texts(ctx), run.review, run.take)
	run.summary.Differences = run.differences.sorted()
	return run.summary, err
}

// run is the reviewing of objects, once policies are in force.
type run struct {
	*prepared
	skipped     func(at manifest.Position, why string)
	each        func(Reviewed) error
	differences *differences
}

// review reviews what is in a text. Several goroutines call it at once.
func (r *run) review(ctx context.Context, text text) []Reviewed {
	if text.notice != nil {
		return []Reviewed{{notice: text.notice}}
	}
	reviewed := []Reviewed{}
	for document, err := range text.Documents() {
		if errors.Is(err, manifest.ErrNoDocuments) {
			continue // It is told by Skipped.
		}
		one := Reviewed{Document: document, Err: err}
		if err == nil {
			wanted := false
			if one, wanted = r.one(ctx, document, text); !wanted {
				continue
			}
		}
		reviewed = append(reviewed, one)
	}
	return reviewed
}

// one reviews a document; wanted is false for policies, which gator alone
// reviews.
func (r *run) one(ctx context.Context, document manifest.Document, text text) (reviewed Reviewed, wanted bool) {
	if value, adopted := r.adopted[placeOf(document)]; adopted {
		document.Value = value
	}
	reviewed = Reviewed{Document: document}
	if needs := r.needs(document); needs != nothing {
		if !text.taken {
			reviewed.Err = late(document)
			return reviewed, true
		}
		if needs == asPolicy && r.engine.Point != engine.Gator {
			return reviewed, false
		}
	}
	object, err := r.object(document)
	if err == nil {
		reviewed.Requested = object.Request != nil
		reviewed.Verdict, err = r.enforcer.Review(ctx, object)
	}
	if err != nil {
		reviewed.Err = fmt.Errorf("%s: %w", document.Position, err)
	}
	return reviewed, true
}

// take counts what was reviewed, and hands it on.
func (r *run) take(all []Reviewed) error {
	for _, one := range all {
		if one.notice != nil {
			r.skipped(one.at, one.why)
			continue
		}
		if one.Err == nil {
			r.summary.Objects++
			r.summary.Matched += one.Matched
			if one.Excluded != "" {
				r.summary.Excluded++
			}
			r.differences.add(one.Differences)
		}
		if err := r.each(one); err != nil {
			return err
		}
	}
	return nil
}
