package main_test

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd"
)

// hostilePolicy denies every ConfigMap.
const hostilePolicy = `apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata: {name: denied}
spec:
  crd: {spec: {names: {kind: Denied}}}
  targets:
  - target: admission.k8s.gatekeeper.sh
    rego: |
      package denied
      violation[{"msg": "denied"}] { input.review.kind.kind == "ConfigMap" }
---
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: Denied
metadata: {name: all}
`

const (
	hostileGood = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: good\n"
	hostileJSON = `{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "good"}}`
)

// runTest runs "test" as a process would be run.
func runTest(t *testing.T, stdin io.Reader, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	env := cli.NewEnv()
	env.In, env.Out, env.Err = stdin, &out, &errs
	code = cmd.Main(t.Context(), env, append([]string{"kubectl-opa", "test"}, args...))
	return out.String(), errs.String(), code
}

// TestTestHostile wants what is broken, or made to harm, to be an error with
// file and line and exit code 2, while what stands beside it is reviewed all the
// same.
func TestTestHostile(t *testing.T) {
	const deep = 20_000
	bomb := "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n"
	for i := 1; i <= 9; i++ {
		bomb += fmt.Sprintf("a%d: &a%d [%s*a%d]\n", i, i, strings.Repeat(fmt.Sprintf("*a%d,", i-1), 9), i-1)
	}
	denied := func(line int) string {
		return fmt.Sprintf("<stdin>:%d  ConfigMap default/good\n  deny    Denied/all: denied\n1 object, 1 constraint: 1 to deny\n", line)
	}
	const none = "0 objects, 1 constraint: nothing found\n"
	broken := func(text string) string {
		return "error: <stdin>:" + text + "\nerror: 1 document could not be read or reviewed\n"
	}
	// Where it is not even known what there is, there may be policies.
	unread := func(text string) string { return "error: <stdin>:" + text + "\n" }
	for name, tc := range map[string]struct {
		text   string
		stdout string
		stderr string
		code   int
	}{
		"truncated":      {hostileGood + "---\napiVersion: v1\nkind: \"Conf", denied(1), broken("7: malformed document: found unexpected end of stream"), 2},
		"truncated JSON": {hostileJSON + "\n" + hostileJSON[:30], denied(1), broken("2: malformed document: found unexpected end of stream, in the document that begins here"), 2},
		"binary":         {hostileGood + "---\n\x00\x01\x02\xff\n", "", unread("6:1: malformed document: a byte that is 0: the file is binary, or UTF-16\n  → give text in UTF-8"), 2},
		"gzip":           {"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03", "", unread("1:4: malformed document: a byte that is 0: the file is binary, or UTF-16\n  → give text in UTF-8"), 2},
		"deep":           {hostileGood + "---\na: " + strings.Repeat("[", deep) + strings.Repeat("]", deep) + "\n", denied(1), broken("6: malformed document: exceeded max depth of 10000, in the document that begins here"), 2},
		"deep JSON":      {`{"a": ` + strings.Repeat("[", deep) + strings.Repeat("]", deep) + "}\n" + hostileJSON, denied(2), broken("1: malformed document: exceeded max depth of 10000, in the document that begins here"), 2},
		"deep block":     {strings.Repeat("- ", deep) + "a\n---\n" + hostileGood, denied(3), broken("1: malformed document: exceeded max depth of 10000, in the document that begins here"), 2},
		"alias bomb":     {bomb + "---\n" + hostileGood, denied(12), broken("1: malformed document: document contains excessive aliasing, in the document that begins here"), 2},
		"duplicate key":  {"kind: ConfigMap\nkind: Secret\n---\n" + hostileGood, denied(4), broken(`2: malformed document: key "kind" already set in map, on line 1`), 2},
		"tab":            {"kind: ConfigMap\n\tapiVersion: v1\n---\n" + hostileGood, denied(4), broken("2: malformed document: found a tab character that violates indentation"), 2},
		"no map":         {"- a\n---\n" + hostileGood, denied(3), broken("1: malformed document: want a map of fields, found a list"), 2},
		"CRLF":           {strings.ReplaceAll(hostileGood, "\n", "\r\n"), denied(1), "", 1},
		"BOM":            {"\xef\xbb\xbf" + hostileGood, denied(1), "", 1},
		"UTF-16":         {"\xff\xfek\x00i\x00", "", unread("1:1: malformed document: the text is UTF-16\n  → convert it to UTF-8, for example with iconv -f UTF-16 -t UTF-8"), 2},
		"empty":          {"", none, "warning: <stdin>: there is no document in it\nerror: nothing was evaluated: there are no objects\n  → give them with -f; policies are not reviewed themselves\n", 3},
		"comments":       {"# a\n---\n# b\n", none, "warning: <stdin>: there is no document in it\nerror: nothing was evaluated: there are no objects\n  → give them with -f; policies are not reviewed themselves\n", 3},
	} {
		t.Run(name, func(t *testing.T) {
			policy := filepath.Join(t.TempDir(), "policy.yaml")
			if err := os.WriteFile(policy, []byte(hostilePolicy), 0o600); err != nil {
				t.Fatal(err)
			}
			stdout, stderr, code := runTest(t, strings.NewReader(tc.text), "-f", policy, "-f", "-")
			if diff := cmp.Diff(tc.stdout, stdout); diff != "" {
				t.Errorf("stdout: %s", diff)
			}
			if diff := cmp.Diff(tc.stderr, stderr); diff != "" {
				t.Errorf("stderr: %s", diff)
			}
			if code != tc.code {
				t.Errorf("exit code %d", code)
			}
		})
	}
}

// endless is the same again and again, so often.
type endless struct {
	text  string
	times int
	rest  string
}

func (e *endless) Read(into []byte) (int, error) {
	if e.rest == "" {
		if e.times == 0 {
			return 0, io.EOF
		}
		e.times--
		e.rest = e.text
	}
	n := copy(into, e.rest)
	e.rest = e.rest[n:]
	return n, nil
}

// TestTestLarge wants one document of 200 MB to be refused with little memory,
// and what is behind it in a file to be reviewed.
func TestTestLarge(t *testing.T) {
	t.Chdir(t.TempDir())
	before := held()
	if err := os.WriteFile("policy.yaml", []byte(hostilePolicy), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct{ head, line, tail string }{
		"large.yaml": {"kind: ConfigMap\ndata:\n", "  k: " + strings.Repeat("x", 1000) + "\n", "---\n" + hostileGood},
		"large.json": {`{"kind": "ConfigMap", "data": [` + "\n", `"` + strings.Repeat("x", 1000) + "\",\n", "1]}\n" + hostileJSON},
	} {
		const lines = 200_000
		text := func() io.Reader {
			return io.MultiReader(strings.NewReader(tc.head), &endless{text: tc.line, times: lines}, strings.NewReader(tc.tail))
		}
		refused := func(name string) string {
			return "error: " + name + ":1: document too large: the document has more than 67108864 bytes\n" +
				"  → split it into several objects, or take it out of the files that are read\n"
		}
		t.Run(name, func(t *testing.T) {
			file, err := os.Create(name)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.Copy(file, text()); err != nil {
				t.Fatal(err)
			}
			if err := file.Close(); err != nil {
				t.Fatal(err)
			}
			stdout, stderr, code := runTest(t, strings.NewReader(""), "-f", "policy.yaml", "-f", name)
			line := 3 + lines + strings.Count(tc.head, "\n") - 1
			want := []string{
				fmt.Sprintf("%s:%d  ConfigMap default/good\n  deny    Denied/all: denied\n1 object, 1 constraint: 1 to deny\n", name, line),
				refused(name) + "error: 1 document could not be read or reviewed\n", "2",
			}
			if diff := cmp.Diff(want, []string{stdout, stderr, fmt.Sprint(code)}); diff != "" {
				t.Error(diff)
			}
		})
		t.Run(name+" as standard input", func(t *testing.T) {
			stdout, stderr, code := runTest(t, text(), "-f", "policy.yaml", "-f", "-")
			if diff := cmp.Diff([]string{"", refused("<stdin>"), "2"}, []string{stdout, stderr, fmt.Sprint(code)}); diff != "" {
				t.Error(diff)
			}
		})
	}
	// Other tests of this process leave some, too.
	if more := held() - before; more > 200<<20 {
		t.Errorf("%d MiB more than before are held", more>>20)
	}
}

// held is how many bytes are on the heap.
func held() int64 {
	var memory runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&memory)
	return int64(memory.HeapAlloc) //nolint:gosec // far from the limit
}

// TestTestUnreadable wants files that cannot be read to be named.
func TestTestUnreadable(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{"policy.yaml": hostilePolicy, "good.yaml": hostileGood, "notes.txt": "no manifest"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, dir := range []string{"loop/below", "bare"} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for link, to := range map[string]string{"loop/below/up": "..", "self.yaml": "self.yaml"} {
		if err := os.Symlink(to, link); err != nil {
			t.Skip("there are no symbolic links here")
		}
	}
	for name, tc := range map[string]struct {
		args   []string
		stdout string
		stderr string
		code   int
	}{
		"loop":    {[]string{"loop"}, "", "error: reading directory: loop/below/up is a link that leads back to a directory above it\n  → remove the link, or give the directories below it one by one\n", 2},
		"itself":  {[]string{"self.yaml"}, "", "error: reading file: stat self.yaml: too many levels of symbolic links\n", 2},
		"missing": {[]string{"good.yaml/below.yaml"}, "", "error: reading file: stat good.yaml/below.yaml: not a directory\n", 2},
		"bare":    {[]string{"bare"}, "0 objects, 1 constraint: nothing found\n", "warning: bare: the directory has no manifests (*.yaml, *.yml, *.json)\nerror: nothing was evaluated: there are no objects\n  → give them with -f; policies are not reviewed themselves\n", 3},
		"text":    {[]string{"notes.txt"}, "0 objects, 1 constraint: nothing found\n", "error: notes.txt:1: malformed document: want a map of fields, found the text \"no manifest\"\nerror: 1 document could not be read or reviewed\n", 2},
	} {
		t.Run(name, func(t *testing.T) {
			args := []string{"-f", "policy.yaml"}
			for _, path := range tc.args {
				args = append(args, "-f", path)
			}
			stdout, stderr, code := runTest(t, strings.NewReader(""), args...)
			if diff := cmp.Diff([]string{tc.stdout, tc.stderr, fmt.Sprint(tc.code)}, []string{stdout, stderr, fmt.Sprint(code)}); diff != "" {
				t.Error(diff)
			}
		})
	}
	if runtime.GOOS != "linux" {
		return
	}
	// Whatever the user may do, this cannot be read.
	stdout, stderr, code := runTest(t, strings.NewReader(""), "-f", "policy.yaml", "-f", "good.yaml", "-f", "/proc/self/mem")
	want := []string{
		"", "error: reading /proc/self/mem: read /proc/self/mem: input/output error\n", "2",
	}
	if diff := cmp.Diff(want, []string{stdout, stderr, fmt.Sprint(code)}); diff != "" {
		t.Error(diff)
	}
}
