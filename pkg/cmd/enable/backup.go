package enable

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
)

// copied is one object of a backup, and its file.
type copied struct {
	// path is relative to the directory, with slashes.
	path   string
	object *unstructured.Unstructured
}

// copies says where each object of a cluster goes, so that its templates can
// be applied before its constraints.
func copies(folder string, objects []*unstructured.Unstructured) ([]copied, error) {
	templates, constraints, others := sorted(objects)
	all := []copied{}
	for _, part := range []struct {
		folder  string
		objects []*unstructured.Unstructured
		name    func(*unstructured.Unstructured) string
	}{
		{"templates", templates, (*unstructured.Unstructured).GetName},
		{"constraints", constraints, fullName},
		{"others", others, fullName},
	} {
		for _, object := range part.objects {
			path := strings.TrimPrefix(folder+"/"+part.folder+"/"+part.name(object)+".yaml", "/")
			if len(validation.IsDNS1123Subdomain(part.name(object))) > 0 || !filepath.IsLocal(filepath.FromSlash(path)) {
				return nil, fmt.Errorf("%s %q: %q cannot be the name of a file", object.GetKind(), object.GetName(), path)
			}
			all = append(all, copied{path, policy.Portable(object)})
		}
	}
	return all, nil
}

// fullName is the name of an object together with its kind and namespace.
func fullName(object *unstructured.Unstructured) string {
	name := strings.ToLower(object.GetKind()) + "."
	if object.GetNamespace() != "" {
		name += object.GetNamespace() + "."
	}
	return name + object.GetName()
}

// write writes a backup, each file as a whole or not at all, or says what it
// would write.
func (c *change) write(ctx context.Context, files []copied) error {
	verb := "would back up"
	if c.output.Mode == "none" {
		verb = "backed up"
		for done, file := range files {
			err := ctx.Err()
			if err == nil {
				err = manifest.WriteFile(filepath.Join(c.backup, filepath.FromSlash(file.path)), file.object)
			}
			if err != nil {
				return advice.Wrap(err, "nothing was changed, and %d of %d files are written: remove %s and try again", done, len(files), c.backup)
			}
		}
	}
	_, err := fmt.Fprintf(c.env.Err, "%s %s to %s\n", verb, count(len(files), "object"), c.backup)
	return err
}
