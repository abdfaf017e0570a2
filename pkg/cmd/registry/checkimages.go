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

// check decides about the image.
func (p place) check(prefixes []imagepolicy.Prefix) reportv1alpha1.CheckedImage {
	image := p.describe()
	if p.Image == "" {
		image.Allowed = true
		image.Hint = "the container has no image: KKP has nothing to compare, and the API server refuses such a Pod"
		return image
	}
	verdict := imagepolicy.FlavorKKP.Check(p.Image, prefixes)
	image.Allowed, image.Hint = verdict.Allowed, verdict.Hint
	if verdict.Prefix == nil {
		return image
	}
	image.Registry = verdict.Prefix.Registry
	if verdict.Allowed {
		image.Prefix = verdict.Prefix.Text
	} else {
		image.Nearest = verdict.Prefix.Text
	}
	return image
}

// describe says which image it is, and where.
func (p place) describe() reportv1alpha1.CheckedImage {
	image := reportv1alpha1.CheckedImage{
		Image: p.Image, Enforced: p.Enforced(imagepolicy.FlavorKKP), Container: p.Name, ContainerKind: p.Kind,
	}
	if p.document != nil {
		owner, at := p.document.Object(), p.document.Field(p.Path...)
		image.Object = &reportv1alpha1.Object{Kind: owner.GetKind(), Namespace: owner.GetNamespace(), Name: owner.GetName()}
		image.Position = &reportv1alpha1.Position{File: at.File, Line: at.Line}
	}
	return image
}
