package manifest

import (
	"bytes"
	"context"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// compare wants a text to be read as the library reads it, or to be left to it.
func compare(t *testing.T, text string) (read bool) {
	t.Helper()
	value, _, ok := plainYAML([]byte(text))
	if !ok {
		return false
	}
	whole := Text{jsonText: jsonText{name: "f", text: []byte(text), line: 3}}
	want, empty, err := whole.decodeLibrary()
	if err != nil || empty {
		t.Errorf("%q is read, but the library says %v", text, err)
		return true
	}
	if diff := cmp.Diff(want, any(value)); diff != "" {
		t.Errorf("the library (-) and what is read (+) differ in %q: %s", text, diff)
		return true
	}
	if results, ok := whole.decodeBlock(); ok {
		at := Position{File: "f", Line: whole.firstLine()}
		fields, _ := want.(map[string]any)
		unfolded := unfold(Document{Value: fields, Position: at, offset: 2, root: sync.OnceValue(whole.node)})
		if diff := cmp.Diff(placed(unfolded), placed(results)); diff != "" {
			t.Errorf("the items of the library (-) and those read (+) differ in %q: %s", text, diff)
		}
	}
	return true
}

// placed is all of results that can be compared.
func placed(results []result) []any {
	all := []any{}
	for _, r := range results {
		if r.err != nil {
			all = append(all, r.err.Error())
			continue
		}
		all = append(all, r.document.item)
		all = append(all, described([]Document{r.document})...)
	}
	return all
}

// manifests are the documents of this repository, and those of Gatekeeper's.
var manifests = sync.OnceValue(func() []string {
	out, err := exec.CommandContext(context.Background(), "go", "list", "-m", "-f", "{{.Dir}}", "github.com/open-policy-agent/gatekeeper/v3").Output()
	if err != nil {
		panic(err)
	}
	texts := []string{}
	for _, dir := range []string{"../../testdata", "../../examples", "../../hack/controlplane/internal", strings.TrimSpace(string(out))} {
		err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
			if err != nil || filepath.Ext(path) != ".yaml" {
				return err
			}
			content, err := os.ReadFile(path)
			for t := range ParseTexts(path, bytes.NewReader(content), Options{}) {
				if !bytes.Contains(t.text, []byte("{{")) { // as in Helm's templates
					texts = append(texts, string(t.text))
				}
			}
			return err
		})
		if err != nil {
			panic(err)
		}
	}
	return texts
})

// TestPlainYAMLManifests wants real manifests to be read as the library reads
// them, and nearly all of them to be read.
func TestPlainYAMLManifests(t *testing.T) {
	read := 0
	for _, text := range manifests() {
		if compare(t, text) {
			read++
		}
	}
	if t.Logf("%d of %d documents", read, len(manifests())); read < len(manifests())*8/10 {
		t.Errorf("%d of %d documents are read", read, len(manifests()))
	}
}

// mutant is a text with a few faults.
func mutant(random *rand.Rand, text string) string {
	pieces := []string{
		" ", "  ", "\n", "\t", ":", ": ", "- ", "-", "#", " #", "'", "\"", "|", ">", "&a ", "*a", "!!str ", "{", "}", "[", "]", "{}", "[]", "? ", "%", "@", "`", "~", ",", "\\", "\\n",
		"0", "1.5", "1_0", "0x1f", "0b1", "0o7", "010", "-1", "+1", ".5", "1e3", "-.inf", ".nan", "yes", "Off", "y", "null", "True", "2001-12-14", "1:30", "<<: ", "---", "--- ", "\n---\n", "\n...\n",
		"|-\n", "|+\n", ">-\n", "|2\n", "\r", "\u00e9", "\u2028", "\ufeff", "\u0085", "\x00", "\xff", "''", "\"\"", "a b\n  c", "items:", "- - a\n", "=", "1.0.0", "9223372036854775808", "1e", "0.10",
	}
	for range 1 + random.IntN(3) {
		lines := strings.SplitAfter(text, "\n")
		i, j := random.IntN(len(lines)), random.IntN(len(lines))
		at := random.IntN(len(text) + 1)
		piece := pieces[random.IntN(len(pieces))]
		switch random.IntN(9) {
		case 0:
			lines[i] = ""
		case 1:
			lines[i] += lines[i]
		case 2:
			lines[i], lines[j] = lines[j], lines[i]
		case 3:
			lines[i] = strings.Repeat(" ", 1+random.IntN(3)) + lines[i]
		case 4:
			lines[i] = strings.TrimPrefix(lines[i], " ")
		case 5:
			if key, _, found := strings.Cut(lines[i], ": "); found {
				lines[i] = key + ": " + piece + "\n"
			}
		case 6:
			lines[i] = strings.TrimSuffix(lines[i], "\n") + piece + "\n"
		case 7:
			lines = []string{text[:at], piece, text[at:]}
		case 8:
			lines = []string{text[:at], text[min(at+1+random.IntN(3), len(text)):]}
		}
		text = strings.Join(lines, "")
	}
	return text
}

// soup is a text of a few lines that are put together of what YAML is made of.
func soup(random *rand.Rand) string {
	starts := []string{"K:", "K:", "K: ", "K: ", "K: ", "K: ", "- ", "- ", "- K: ", "- K:", "- - ", "-   K: ", "items:", "kind: List", "\"K\": ", "'K': ", "# x", "", "", "x", "-", "...", "---"}
	values := []string{"", "", "", "", "x", "y z", "1", "-2", "0.5", "true", "no", "~", "{}", "[]", "[x, 1]", "{a: 1}", "\"q\"", "'s'", "\"\\t\"", "|", "|-", "|+", ">", ">-", " # c", " ", "\"q", "'s", "- x", "a: b", "#c", ":", "&a x", "*a", "? x", "\t", "x:"}
	text := ""
	for i := range 2 + random.IntN(8) {
		start := strings.ReplaceAll(starts[random.IntN(len(starts))], "K", string(rune('a'+i)))
		text += strings.Repeat(" ", []int{0, 0, 0, 0, 0, 0, 2, 2, 2, 4, 1}[random.IntN(11)]) + start + values[random.IntN(len(values)-random.IntN(12))] + "\n"
	}
	if random.IntN(10) == 0 {
		return strings.TrimRight(text, "\n")
	}
	return text
}

// TestPlainYAMLMutants wants manifests with faults, and soup, to be read as
// the library reads them. MANIFEST_MUTANTS is how many of each.
func TestPlainYAMLMutants(t *testing.T) {
	count := 20_000
	if text := os.Getenv("MANIFEST_MUTANTS"); text != "" {
		var err error
		if count, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	small := []string{}
	for _, text := range manifests() {
		if len(text) < 3000 {
			small = append(small, text)
		}
	}
	random := rand.New(rand.NewPCG(7, uint64(count)))
	read, soups := 0, 0
	for range count {
		if compare(t, mutant(random, small[random.IntN(len(small))])) {
			read++
		}
		if compare(t, soup(random)) {
			soups++
		}
		if t.Failed() {
			return
		}
	}
	if t.Logf("of %d, %d mutants and %d soups are read", count, read, soups); read < count/5 || soups < count/100 {
		t.Error("too few")
	}
}

// FuzzPlainYAML wants what is read to be what the library reads.
func FuzzPlainYAML(f *testing.F) {
	for _, text := range slices.Concat(plainTexts, leftTexts, manifests()) {
		if len(text) < 1000 {
			f.Add(text)
		}
	}
	f.Fuzz(func(t *testing.T, text string) { compare(t, text) })
}
