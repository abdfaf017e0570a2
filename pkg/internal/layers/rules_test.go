package layers

import (
	"fmt"
	"go/ast"
	"path"
	"slices"
	"strconv"
	"strings"
)

// checkKnown finds directories of Go code that the table does not have.
func checkKnown(dirs []string) []string {
	problems := []string{}
	for _, dir := range dirs {
		if _, ok := roomOf(dir); !ok {
			problems = append(problems, dir+" is in no row: add it to docs/architecture.md and to the table in pkg/internal/layers")
		}
	}
	return problems
}

// checkRows finds imports that go up the house, or sideways.
func checkRows(sources []source) []string {
	problems := []string{}
	for _, s := range sources {
		from, ok := roomOf(s.dir())
		if !ok {
			continue // checkKnown says so
		}
		s.imports(func(spec *ast.ImportSpec, imported string) {
			if !below(imported, module) {
				return
			}
			dir := strings.TrimPrefix(strings.TrimPrefix(imported, module), "/")
			to, ok := roomOf(dir)
			parent := to.row == from.row && below(s.dir(), dir)
			if ok && to.row >= from.row && !parent {
				problems = append(problems, fmt.Sprintf("%s: %s (row %d) imports %s (row %d): only lower rows, and its own parents",
					s.at(spec), s.dir(), from.row, dir, to.row))
			}
		})
	}
	return problems
}

// checkGates finds third-party imports outside of the rooms that they stay behind.
func checkGates(sources []source) []string {
	problems := []string{}
	for _, s := range sources {
		if isForTests(s.dir()) {
			continue
		}
		s.imports(func(spec *ast.ImportSpec, imported string) {
			for _, g := range gates {
				gated := slices.ContainsFunc(g.imports, func(prefix string) bool { return below(imported, prefix) })
				allowed := slices.ContainsFunc(g.rooms, func(dir string) bool { return below(s.dir(), dir) })
				if gated && !allowed {
					problems = append(problems, fmt.Sprintf("%s: %s imports %s: only %s may (%s)",
						s.at(spec), s.dir(), imported, strings.Join(g.rooms, ", "), g.name))
				}
			}
		})
	}
	return problems
}

// process lists what belongs to the process as a whole, by import path, and the one package that may use it.
var process = []struct {
	imported string
	names    []string
	dir      string
}{
	{"os", []string{"Exit"}, "cmd/kubectl-opa"},
	{"syscall", []string{"Exit"}, "cmd/kubectl-opa"},
	{"log", []string{"Fatal", "Fatalf", "Fatalln"}, "cmd/kubectl-opa"},
	{"os", []string{"Stdin", "Stdout", "Stderr", "Getenv", "LookupEnv", "Environ", "ExpandEnv"}, "pkg/cli"},
	{"time", []string{"Now", "Since", "Until"}, "pkg/cli"},
}

// checkProcess finds uses of the process's exit, streams, environment and clock elsewhere than in their one place.
func checkProcess(sources []source) []string {
	problems := []string{}
	for _, s := range sources {
		if isForTests(s.dir()) {
			continue
		}
		names := localNames(s)
		ast.Inspect(s.file, func(node ast.Node) bool {
			selector, ok := node.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			x, ok := selector.X.(*ast.Ident)
			if !ok {
				return true
			}
			for _, p := range process {
				if names[x.Name] == p.imported && slices.Contains(p.names, selector.Sel.Name) && s.dir() != p.dir {
					problems = append(problems, fmt.Sprintf("%s: %s uses %s.%s: only %s may",
						s.at(node), s.dir(), p.imported, selector.Sel.Name, p.dir))
				}
			}
			return true
		})
		s.imports(func(spec *ast.ImportSpec, imported string) {
			if spec.Name != nil && spec.Name.Name == "." {
				problems = append(problems, fmt.Sprintf("%s: dot import of %s hides what is used", s.at(spec), strconv.Quote(imported)))
			}
		})
	}
	return problems
}

// localNames returns the import paths of a file by the name that they have in it.
func localNames(s source) map[string]string {
	names := map[string]string{}
	s.imports(func(spec *ast.ImportSpec, imported string) {
		name := path.Base(imported)
		if spec.Name != nil {
			name = spec.Name.Name
		}
		names[name] = imported
	})
	return names
}

func isForTests(dir string) bool {
	r, ok := roomOf(dir)
	return ok && r.row == testsRow
}
