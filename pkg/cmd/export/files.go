package export

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd/internal/object"
	"github.com/kubectl-opa/kubectl-opa/pkg/compile"
	"github.com/kubectl-opa/kubectl-opa/pkg/fleet"
	"github.com/kubectl-opa/kubectl-opa/pkg/imagepolicy"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
)

// file is one manifest that will be written.
type file struct {
	// path is relative to the directory, with slashes.
	path     string
	object   *unstructured.Unstructured
	disabled bool
	note     string
}

// templateFiles exports the templates. One that Gatekeeper refuses is exported
// too: KKP has it, and it never worked.
func templateFiles(ctx context.Context, s stock, c choice) ([]file, []string, error) {
	files, warnings := []file{}, []string{}
	for _, template := range c.templates {
		exported, err := policy.ExportTemplate(template)
		if err != nil {
			return nil, warnings, fmt.Errorf("template %q: %w", template.Name, err)
		}
		path, err := pathOf("templates", template.Name)
		if err != nil {
			return nil, warnings, fmt.Errorf("template %q: %w", template.Name, err)
		}
		if err := compile.Template(ctx, exported); err != nil {
			if origin, found := s.origins[template.Name]; found {
				err = object.ExplainCompilation(origin, err)
			}
			warnings = append(warnings, fmt.Sprintf("template %q: Gatekeeper refuses it, so KKP enforces nothing of it either: %v", template.Name, err))
		}
		files = append(files, file{path: path, object: exported})
	}
	sortFiles(files)
	return files, warnings, ctx.Err()
}

// constraintFiles exports the constraints, disabled ones under a name that
// kubectl apply passes over.
func constraintFiles(s stock, c choice) ([]file, []string, error) {
	files, warnings := []file{}, []string{}
	kinds := map[string]bool{}
	for _, template := range c.templates {
		kinds[template.Spec.CRD.Spec.Names.Kind] = true
	}
	for _, constraint := range c.constraints {
		made, err := constraintFile(s, constraint)
		if err != nil {
			return nil, warnings, fmt.Errorf("constraint %q in namespace %s: %w", constraint.Name, constraint.Namespace, err)
		}
		files = append(files, made)
		if kind := constraint.Spec.ConstraintType; !kinds[kind] && !made.disabled {
			kinds[kind] = true
			warnings = append(warnings, fmt.Sprintf("%s: no exported template makes the kind %s: kubectl apply refuses such constraints", made.path, kind))
		}
	}
	sortFiles(files)
	return files, warnings, nil
}

func constraintFile(s stock, constraint placed) (file, error) {
	made := file{note: constraint.note, disabled: constraint.Spec.Disabled && s.edition != fleet.Community}
	var err error
	if made.object, err = policy.ExportConstraint(constraint.Constraint); err != nil {
		return made, err
	}
	if isRegistryDefault(*constraint.Constraint) && len(s.registries) > 0 {
		if err := imagepolicy.AnnotateRegistries(made.object, s.registries); err != nil {
			return made, err
		}
	}
	made.path, err = pathOf(constraint.folder, constraint.Name)
	if made.disabled {
		made.path += manifest.DisabledSuffix
	}
	return made, err
}

// pathOf is the file of an object. The API server allows no name that could
// lead out of the folder, but manifests may hold anything.
func pathOf(folder, name string) (string, error) {
	path := folder + "/" + name + ".yaml"
	for _, part := range append(strings.Split(folder, "/"), name) {
		if len(validation.IsDNS1123Subdomain(part)) > 0 {
			return "", advice.Errorf("names are lower-case letters, digits, - and .", "%q cannot be the name of a file or folder", part)
		}
	}
	if !filepath.IsLocal(filepath.FromSlash(path)) {
		return "", advice.Errorf("export it on another system", "%q cannot be the name of a file here", path)
	}
	return path, nil
}

func sortFiles(files []file) {
	slices.SortFunc(files, func(a, b file) int { return cmp.Compare(a.path, b.path) })
}
