package manifest

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/json"
	sigsyaml "sigs.k8s.io/yaml"
)

// podJSON and podYAML are an object of about 1.4 KB, as kubectl writes it.
func podJSON(name string) string {
	return `{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "` + name + `", "namespace": "default", "labels": {` + labels(`"`, `, `, "") + `}},
"spec": {"containers": [{"name": "a", "image": "quay.io/b/c:1.0", "args": ["--one=1", "two {", "x: y"], "ports": [{"containerPort": 80, "protocol": "TCP"}], "resources": {"limits": {"cpu": "1", "memory": "1Gi"}}}],
"restartPolicy": "Always", "terminationGracePeriodSeconds": 30, "hostNetwork": false}}`
}

func podYAML(name, indent string) string {
	return strings.ReplaceAll(`apiVersion: v1
kind: Pod
metadata:
  name: `+name+`
  namespace: default
  labels:
`+labels("    ", "\n", " ")+`
spec:
  containers:
  - name: a
    image: quay.io/b/c:1.0
    args:
    - --one=1
    - "two {"
    - 'x: y'
    ports:
    - containerPort: 80
      protocol: TCP
    resources:
      limits:
        cpu: "1"
        memory: 1Gi
  restartPolicy: Always
  terminationGracePeriodSeconds: 30
  hostNetwork: false
`, "\n", "\n"+indent)
}

func labels(before, between, plain string) string {
	all := []string{}
	for i := range 20 {
		key, value := "app.example.com/label-"+strconv.Itoa(i), `"value of it `+strconv.Itoa(i)+`"`
		if plain != "" {
			all = append(all, before+key+": "+strings.Trim(value, `"`))
		} else {
			all = append(all, before+key+`": `+value)
		}
	}
	return strings.Join(all, between)
}

// generated is a text of so many Pods in one form.
func generated(form string, count int) io.Reader {
	frame := map[string]struct{ head, tail, between string }{
		"json lines": {between: "\n"},
		"json list":  {"{\"apiVersion\": \"v1\",\n\"items\": [\n", "],\n\"kind\": \"List\", \"metadata\": {\"resourceVersion\": \"\"}}\n", ",\n"},
		"typed list": {"{\"kind\": \"PodList\", \"apiVersion\": \"v1\",\n\"items\": [\n", "]}\n", ",\n"},
		"yaml":       {between: "---\n"},
		"yaml list":  {"apiVersion: v1\nitems:\n", "kind: List\nmetadata:\n  resourceVersion: \"\"\n", ""},
		"yaml in":    {"kind: List\nitems:\n", "apiVersion: v1\n", ""},
	}[form]
	reader, writer := io.Pipe()
	go func() {
		_, _ = io.WriteString(writer, frame.head)
		for i := range count {
			name, text := "p"+strconv.Itoa(i), ""
			switch form {
			case "yaml":
				text = podYAML(name, "")
			case "yaml list":
				text = strings.TrimRight("- "+podYAML(name, "  "), " ")
			case "yaml in":
				text = strings.TrimRight("  - "+podYAML(name, "    "), " ")
			case "typed list":
				text = strings.Replace(podJSON(name), `"apiVersion": "v1", "kind": "Pod", `, "", 1)
			default:
				text = podJSON(name)
			}
			if i > 0 {
				text = frame.between + text
			}
			if _, err := io.WriteString(writer, text); err != nil {
				return
			}
		}
		_, _ = io.WriteString(writer, frame.tail)
		_ = writer.Close()
	}()
	return reader
}

var forms = []string{"json lines", "json list", "typed list", "yaml", "yaml list", "yaml in"}

// TestForms wants the same documents in all forms, in small texts that are held
// and in large ones that are cut, with the right lines.
func TestForms(t *testing.T) {
	want := Document{}
	for d, err := range ParseStream("f", generated("json lines", 1), Options{}) {
		if want = d; err != nil {
			t.Fatal(err)
		}
	}
	for _, form := range forms {
		for _, count := range []int{3, 1500} {
			t.Run(fmt.Sprint(form, " ", count), func(t *testing.T) {
				text, err := io.ReadAll(generated(form, count))
				if err != nil {
					t.Fatal(err)
				}
				lines := strings.Split(string(text), "\n")
				found := 0
				for d, err := range ParseStream("f", strings.NewReader(string(text)), Options{}) {
					if err != nil {
						t.Fatal(err)
					}
					name := "p" + strconv.Itoa(found)
					if d.Object().GetName() != name {
						t.Fatalf("document %d is %s", found, d.Name())
					}
					if at := d.Field("metadata", "name"); found%500 < 2 && !strings.Contains(lines[at.Line-1], name) {
						t.Errorf("the name of %s is not at %s", name, at)
					}
					if index, ok := d.Item(); ok && index != found || ok != strings.Contains(form, "list") && form != "yaml in" {
						t.Errorf("%s is item %d, %v", name, index, ok)
					}
					if found%500 == 2 {
						d.Object().SetName("p0")
						if diff := cmp.Diff(want.Value, d.Value); diff != "" {
							t.Fatal(diff)
						}
					}
					found++
				}
				if found != count {
					t.Errorf("%d documents", found)
				}
			})
		}
	}
}

// TestMemory wants a long stream to be read in little memory, whatever its
// form. MANIFEST_STREAM_MIB is its size.
func TestMemory(t *testing.T) {
	const bound = 12 << 20 // live heap, in bytes
	size := 8
	if text := os.Getenv("MANIFEST_STREAM_MIB"); text != "" {
		var err error
		if size, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	for _, form := range []string{"json list", "json lines", "yaml list"} {
		t.Run(form, func(t *testing.T) {
			runtime.GC()
			var before, now runtime.MemStats
			runtime.ReadMemStats(&before)
			found, most := 0, uint64(0)
			for _, err := range ParseStream("f", generated(form, size<<20/len(podJSON("p10000"))), Options{Limit: 1 << 20}) {
				if err != nil {
					t.Fatal(err)
				}
				if found++; found%1000 == 0 {
					runtime.GC()
					runtime.ReadMemStats(&now)
					most = max(most, now.HeapAlloc)
				}
			}
			if found < size*400 {
				t.Errorf("%d documents", found)
			}
			t.Logf("%d documents, %d KiB at most", found, (most-min(most, before.HeapAlloc))>>10)
			if most > before.HeapAlloc+bound {
				t.Errorf("%d bytes of live heap, %d before", most, before.HeapAlloc)
			}
		})
	}
}

// BenchmarkStream measures a stream, beside sigs.k8s.io/yaml on the same
// documents, which is how gator reads them.
func BenchmarkStream(b *testing.B) {
	for _, form := range []string{"json lines", "json list", "yaml", "yaml list"} {
		text, err := io.ReadAll(generated(form, 10000))
		if err != nil {
			b.Fatal(err)
		}
		b.Run(form+"/cut", func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				for range ParseTexts("f", bytes.NewReader(text), Options{}) {
					continue
				}
			}
		})
		b.Run(form+"/decoded", func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				for _, err := range ParseStream("f", bytes.NewReader(text), Options{}) {
					if err != nil {
						b.Fatal(err)
					}
				}
			}
		})
		between := map[string]string{"json lines": "\n{\"api", "yaml": "---\n"}[form]
		if between == "" {
			continue
		}
		b.Run(form+"/sigs yaml", func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				for i, part := range strings.Split(string(text), between) {
					if i > 0 {
						part = strings.TrimPrefix(strings.TrimSpace(between), "---") + part
					}
					object := unstructured.Unstructured{}
					if err := sigsyaml.Unmarshal([]byte(part), &object); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}

// BenchmarkDecode measures the decoding of texts that were cut, and that of the
// same texts by the libraries which decode what is rare.
func BenchmarkDecode(b *testing.B) {
	for _, form := range []string{"json lines", "yaml"} {
		texts, size := []Text{}, 0
		for t := range ParseTexts("f", generated(form, 10_000), Options{}) {
			texts = append(texts, t)
			size += t.Size()
		}
		ways := map[string]func(Text) error{
			"plain": func(t Text) error {
				_, _, err := t.document()
				return err
			},
			"library": func(t Text) error {
				if t.json {
					return json.UnmarshalCaseSensitivePreserveInts(t.text, new(any))
				}
				_, _, err := t.decodeLibrary()
				return err
			},
		}
		for _, way := range []string{"plain", "library"} {
			b.Run(form+"/"+way, func(b *testing.B) {
				b.SetBytes(int64(size))
				b.ReportAllocs()
				for b.Loop() {
					for _, t := range texts {
						if err := ways[way](t); err != nil {
							b.Fatal(err)
						}
					}
				}
			})
		}
	}
}
