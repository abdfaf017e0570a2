package conformance

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	utiljson "k8s.io/apimachinery/pkg/util/json"
	"sigs.k8s.io/yaml"
)

// document is a file as it is written.
type document struct {
	// Policy is a part of the module of each case.
	Policy string `json:"policy"`
	// Objects are manifests.
	Objects []json.RawMessage `json:"objects"`
	// Repeat are objects that are there many times.
	Repeat []repeat `json:"repeat"`
	Cases  []Case   `json:"cases"`
}

// repeat is an object, and how many of it there are. Each %d in it is a
// number from 1, which has four digits: so names sort as numbers do.
type repeat struct {
	Count  int             `json:"count"`
	Object json.RawMessage `json:"object"`
}

// Load reads all files of a folder, by name. What is not sound in them is an
// error with the file and the case.
func Load(folder fs.FS) ([]File, error) {
	names, err := fs.Glob(folder, "*.yaml")
	if err != nil {
		return nil, fmt.Errorf("finding cases: %w", err)
	}
	if len(names) == 0 {
		return nil, errors.New("finding cases: there are none")
	}
	files := []File{}
	for _, name := range names {
		file, err := load(folder, name)
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", name, err)
		}
		files = append(files, file)
	}
	return files, nil
}

func load(folder fs.FS, name string) (File, error) {
	text, err := fs.ReadFile(folder, name)
	if err != nil {
		return File{}, err
	}
	var d document
	if err := yaml.UnmarshalStrict(text, &d); err != nil {
		return File{}, err
	}
	for _, r := range d.Repeat {
		d.Objects = append(d.Objects, r.objects()...)
	}
	objects, err := decodeObjects(d.Objects)
	if err != nil {
		return File{}, err
	}
	slices.SortStableFunc(objects, func(a, b map[string]any) int { return cmp.Compare(turn(a), turn(b)) })
	seen := map[string]bool{}
	for i, c := range d.Cases {
		if err := c.check(); err != nil {
			return File{}, fmt.Errorf("case %q: %w", c.Name, err)
		}
		if seen[c.Name] {
			return File{}, fmt.Errorf("case %q is there twice", c.Name)
		}
		seen[c.Name] = true
		d.Cases[i].shared = d.Policy
	}
	return File{Name: strings.TrimSuffix(path.Base(name), ".yaml"), Objects: objects, Cases: d.Cases}, nil
}

// turn is when an object can be created.
func turn(object map[string]any) int {
	if i := slices.Index([]string{"CustomResourceDefinition", "Namespace"}, fmt.Sprint(object["kind"])); i >= 0 {
		return i
	}
	return 2
}

func (r repeat) objects() []json.RawMessage {
	all := []json.RawMessage{}
	for i := range r.Count {
		all = append(all, bytes.ReplaceAll(r.Object, []byte("%d"), fmt.Appendf(nil, "%04d", i+1)))
	}
	return all
}

// decodeObjects keeps whole numbers whole, as clients of the API want them.
func decodeObjects(texts []json.RawMessage) ([]map[string]any, error) {
	objects := []map[string]any{}
	for i, text := range texts {
		var object map[string]any
		if err := utiljson.Unmarshal(text, &object); err != nil {
			return nil, fmt.Errorf("object %d: %w", i+1, err)
		}
		objects = append(objects, object)
	}
	return objects, nil
}

// check tells what a case lacks or has too much of.
func (c Case) check() error {
	wants := 0
	for _, given := range []bool{len(c.Want) > 0, c.Undefined, len(c.Error) > 0} {
		if given {
			wants++
		}
	}
	switch {
	case c.Name == "":
		return errors.New("it has no name")
	case c.Expr == "" && c.Policy == "":
		return errors.New("it has neither expr nor policy")
	case wants != 1:
		return errors.New("one of want, undefined and error has to be there")
	case !slices.Contains([]string{"", ExpireOnce, ExpireAlways}, c.Expires):
		return fmt.Errorf("expires may not be %q", c.Expires)
	}
	for _, engine := range c.Engines {
		if !slices.Contains(engines, engine) {
			return fmt.Errorf("there is no engine %q", engine)
		}
		if engine == Deployed && (len(c.Error) > 0 || c.Expires != "") {
			return errors.New("a deployed OPA has neither errors nor pages: it cannot hold for that engine")
		}
	}
	excuse := len(c.Error) > 0 || c.Expires != ""
	switch {
	case len(c.Engines) == 0 && excuse:
		return errors.New("a deployed OPA has neither errors nor pages: name the engines")
	case c.For(Live) && !c.For(Deployed) && !excuse:
		return errors.New("it has to hold for a deployed OPA, as there is neither an error nor a page that expires")
	}
	return nil
}
