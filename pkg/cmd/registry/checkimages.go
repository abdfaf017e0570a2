package registry

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	reportv1alpha1 "github.com/kubectl-opa/kubectl-opa/pkg/api/report/v1alpha1"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd/internal/object"
	"github.com/kubectl-opa/kubectl-opa/pkg/imagepolicy"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
)

// place is one image and where it was found.
type place struct {
	imagepolicy.Container
	// document is nil for an image of the command line.
	document *manifest.Document
}

// readPlaces finds all images: those given by name, then those of manifests.
func readPlaces(images, paths []string, stdin io.Reader) ([]place, error) {
	places := []place{}
	for _, image := range images {
		places = append(places, place{Container: imagepolicy.Container{Image: image}})
	}
	if len(paths) == 0 {
		return places, nil
	}
	documents, err := manifest.Load(paths, stdin)
	if err != nil {
		return nil, err
	}
	failed := []error{}
	for i := range documents {
		containers, err := imagepolicy.FindContainers(documents[i].Object())
		failed = append(failed, object.Explain(documents[i], err))
		for _, container := range containers {
			places = append(places, place{container, &documents[i]})
		}
	}
	if err := errors.Join(failed...); err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(places, func(p place) bool { return p.Image != "" }) {
		return nil, advice.Wrap(fmt.Errorf("%w: no image in %s", cli.ErrNothing, strings.Join(paths, ", ")),
			"give Pods, or objects with a pod template, such as Deployments")
	}
	return places, nil
}

// check decides about the image by the flavor in force, and says where the
// other one would decide differently.
func (p place) check(by imagepolicy.Flavor, prefixes []imagepolicy.Prefix) reportv1alpha1.CheckedImage {
	image := p.describe()
	image.ImageVerdict = p.decide(by, prefixes)
	if other := p.decide(by.Other(), prefixes); other.Denied() != image.Denied() {
		image.OtherFlavor = &reportv1alpha1.OtherVerdict{Flavor: string(by.Other()), ImageVerdict: other}
	}
	return image
}

// decide is the verdict of one flavor.
func (p place) decide(by imagepolicy.Flavor, prefixes []imagepolicy.Prefix) reportv1alpha1.ImageVerdict {
	if p.Image == "" {
		return reportv1alpha1.ImageVerdict{
			Allowed: true,
			Hint:    "the container has no image: there is nothing to decide, and the API server refuses such a Pod",
		}
	}
	verdict := by.Check(p.Image, prefixes)
	decided := reportv1alpha1.ImageVerdict{Allowed: verdict.Allowed, Enforced: p.Enforced(by), Hint: verdict.Hint}
	if verdict.Prefix == nil {
		return decided
	}
	decided.Registry = verdict.Prefix.Registry
	if verdict.Allowed {
		decided.Prefix = verdict.Prefix.Text
	} else {
		decided.Nearest = verdict.Prefix.Text
	}
	return decided
}

// describe says which image it is, and where.
func (p place) describe() reportv1alpha1.CheckedImage {
	image := reportv1alpha1.CheckedImage{Image: p.Image, Container: p.Name, ContainerKind: p.Kind}
	if p.document != nil {
		owner, at := p.document.Object(), p.document.Field(p.Path...)
		image.Object = &reportv1alpha1.Object{Kind: owner.GetKind(), Namespace: owner.GetNamespace(), Name: owner.GetName()}
		image.Position = &reportv1alpha1.Position{File: at.File, Line: at.Line}
	}
	return image
}
