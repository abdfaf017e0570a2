package layers

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// source is one Go file that is no test.
type source struct {
	name string // relative to the module
	fset *token.FileSet
	file *ast.File
}

func (s source) dir() string { return path.Dir(s.name) }

// at returns where in the module a node is, as file:line.
func (s source) at(node ast.Node) string {
	return fmt.Sprintf("%s:%d", s.name, s.fset.Position(node.Pos()).Line)
}

// imports calls visit with the path of each import.
func (s source) imports(visit func(spec *ast.ImportSpec, imported string)) {
	for _, spec := range s.file.Imports {
		if imported, err := strconv.Unquote(spec.Path.Value); err == nil {
			visit(spec, imported)
		}
	}
}

// load parses the Go files of the module in fsys and returns those that are no tests, and all directories that hold Go
// files, tests included, sorted. Nested modules, testdata and hidden directories are left out, as the go command does.
func load(t *testing.T, fsys fs.FS) (sources []source, dirs []string) {
	t.Helper()
	err := fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := path.Base(name)
		if entry.IsDir() {
			if name == "." {
				return nil
			}
			nested, err := exists(fsys, path.Join(name, "go.mod"))
			if err != nil {
				return err
			}
			if nested || base == "testdata" || base == "vendor" || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") {
				return fs.SkipDir
			}
			return nil
		}
		if path.Ext(name) != ".go" || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") {
			return nil
		}
		dirs = append(dirs, path.Dir(name))
		if strings.HasSuffix(name, "_test.go") {
			return nil
		}
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, name, data, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		sources = append(sources, source{name, fset, file})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(dirs)
	return sources, slices.Compact(dirs)
}

func exists(fsys fs.FS, name string) (bool, error) {
	_, err := fs.Stat(fsys, name)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}
