package layers

import (
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const architecture = "docs/architecture.md"

// entry is one room as docs/architecture.md has it.
type entry struct {
	Row   int
	Dir   string
	Gates string
}

var row = regexp.MustCompile("^\\| (\\d+) \\| `([^`]+)` \\| (.+?) \\| (.*?) ?\\|$")

// documented returns the rooms of docs/architecture.md in their order, and which of them it calls planned ("later").
func documented(t *testing.T) (entries []entry, later map[string]bool) {
	t.Helper()
	data, err := os.ReadFile(path.Join(root, architecture))
	if err != nil {
		t.Fatal(err)
	}
	later = map[string]bool{}
	for line := range strings.Lines(string(data)) {
		cells := row.FindStringSubmatch(strings.TrimSpace(line))
		if cells == nil {
			continue
		}
		number, err := strconv.Atoi(cells[1])
		if err != nil {
			t.Fatal(err)
		}
		entries = append(entries, entry{number, cells[2], cells[4]})
		if strings.HasPrefix(cells[3], "later: ") {
			later[cells[2]] = true
		}
	}
	return entries, later
}

// TestArchitecture wants docs/architecture.md to show the table as it is, and to call later what is not there.
func TestArchitecture(t *testing.T) {
	entries, later := documented(t)
	want := []entry{}
	for _, r := range rooms {
		names := []string{}
		for _, g := range gates {
			if slices.Contains(g.rooms, r.dir) {
				names = append(names, g.name)
			}
		}
		want = append(want, entry{r.row, r.dir, strings.Join(names, ", ")})
	}
	if diff := cmp.Diff(want, entries); diff != "" {
		t.Errorf("the table of the layers test (-) and %s (+) differ:\n%s", architecture, diff)
	}

	fsys := os.DirFS(root)
	_, dirs := load(t, fsys)
	for _, r := range rooms {
		built := slices.ContainsFunc(dirs, func(dir string) bool {
			of, ok := roomOf(dir)
			return ok && of == r
		})
		// A directory that is still empty is being built.
		planned, err := fs.Glob(fsys, strings.ReplaceAll(r.dir, "<noun>", "*"))
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case built && later[r.dir]:
			t.Errorf("%s calls %s later, and it exists: take that word out", architecture, r.dir)
		case !built && !later[r.dir] && len(planned) == 0:
			t.Errorf("%s names %s, which does not exist: start its line with \"later: \"", architecture, r.dir)
		}
	}
}
