package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"text/template"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"
)

const tag = "v1.2.3"

// goreleaser are the fields of .goreleaser.yaml that others rely on.
type goreleaser struct {
	ProjectName string `json:"project_name"`
	Builds      []struct {
		Main    string   `json:"main"`
		Binary  string   `json:"binary"`
		Env     []string `json:"env"`
		Ldflags []string `json:"ldflags"`
		Goos    []string `json:"goos"`
		Goarch  []string `json:"goarch"`
	} `json:"builds"`
	Archives []struct {
		NameTemplate    string   `json:"name_template"`
		Formats         []string `json:"formats"`
		FormatOverrides []struct {
			Goos    string   `json:"goos"`
			Formats []string `json:"formats"`
		} `json:"format_overrides"`
		Files []string `json:"files"`
	} `json:"archives"`
}

// krew is krew's manifest: all of it, so that a mistyped field is found.
type krew struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Metadata   struct {
		Name string `json:"name"`
	} `json:"metadata"`
	Spec struct {
		Version          string         `json:"version"`
		Homepage         string         `json:"homepage"`
		ShortDescription string         `json:"shortDescription"`
		Description      string         `json:"description"`
		Caveats          string         `json:"caveats"`
		Platforms        []krewPlatform `json:"platforms"`
	} `json:"spec"`
}

type krewPlatform struct {
	URI      string `json:"uri"`
	Sha256   string `json:"sha256"`
	Bin      string `json:"bin"`
	Selector struct {
		MatchLabels map[string]string `json:"matchLabels"`
	} `json:"selector"`
	Files []struct {
		From string `json:"from"`
		To   string `json:"to"`
	} `json:"files"`
}

// TestRelease wants krew to find what goreleaser uploads.
func TestRelease(t *testing.T) {
	config, manifest := readGoreleaser(t), readKrew(t)
	if len(config.Builds) != 1 || len(config.Archives) != 1 {
		t.Fatalf("%d builds and %d archives, want one of each", len(config.Builds), len(config.Archives))
	}
	uploaded := map[string]string{}
	for _, goos := range config.Builds[0].Goos {
		for _, goarch := range config.Builds[0].Goarch {
			uploaded[goos+"/"+goarch] = "https://github.com/kubectl-opa/kubectl-opa/releases/download/" + tag + "/" + archive(t, config, goos, goarch)
		}
	}
	found := map[string]string{}
	for _, platform := range manifest.Spec.Platforms {
		labels := platform.Selector.MatchLabels
		found[labels["os"]+"/"+labels["arch"]] = platform.URI
	}
	if diff := cmp.Diff(uploaded, found); diff != "" {
		t.Errorf("goreleaser uploads (-), krew looks for (+):\n%s", diff)
	}
	if len(uploaded) != 6 {
		t.Errorf("%d platforms, want 6", len(uploaded))
	}
}

func TestGoreleaser(t *testing.T) {
	config := readGoreleaser(t)
	build := config.Builds[0]
	if _, err := os.Stat(filepath.Join(root, build.Main, "main.go")); err != nil {
		t.Error(err)
	}
	if build.Binary != "kubectl-opa" || !slices.Contains(build.Env, "CGO_ENABLED=0") {
		t.Errorf("binary %s with %q", build.Binary, build.Env)
	}
	// The linker says nothing where the variable does not exist.
	const variable = "pkg/cmd/version.release"
	source, err := os.ReadFile(filepath.Join(root, "pkg/cmd/version/version.go"))
	if err != nil || !strings.Contains(string(source), "\nvar release string\n") {
		t.Errorf("%s is not there: %v", variable, err)
	}
	if flags := strings.Join(build.Ldflags, " "); !strings.Contains(flags, "-X github.com/kubectl-opa/kubectl-opa/"+variable+"=v{{ .Version }}") {
		t.Errorf("the version is not set: %s", flags)
	}
	for _, pattern := range config.Archives[0].Files {
		files, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil || len(files) == 0 {
			t.Errorf("no file for the archives is %s", pattern)
		}
	}
	info, err := os.Stat(filepath.Join(root, "plugins/kubectl_complete-opa"))
	if err != nil || info.Mode()&0o111 != 0o111 {
		t.Errorf("kubectl_complete-opa cannot be executed: %v, %v", info.Mode(), err)
	}
}

func TestKrew(t *testing.T) {
	manifest := readKrew(t)
	if manifest.APIVersion != "krew.googlecontainertools.github.com/v1alpha2" || manifest.Kind != "Plugin" || manifest.Metadata.Name != "opa" {
		t.Errorf("a %s %s named %s", manifest.APIVersion, manifest.Kind, manifest.Metadata.Name)
	}
	spec := manifest.Spec
	if spec.Version != tag {
		t.Errorf("version %s", spec.Version)
	}
	// krew search cuts what is longer.
	if length := len(spec.ShortDescription); length == 0 || length > 50 {
		t.Errorf("the short description has %d characters, want 1 to 50", length)
	}
	if !strings.Contains(spec.Caveats, "kubectl opa completion install") {
		t.Error("the caveats do not say how to set completion up")
	}
	for _, platform := range spec.Platforms {
		from := []string{}
		for _, file := range platform.Files {
			from = append(from, file.From)
		}
		program := "kubectl-opa"
		if platform.Selector.MatchLabels["os"] == "windows" {
			program += ".exe"
		}
		if diff := cmp.Diff([]string{program, "LICENSE"}, from); diff != "" || platform.Bin != program || platform.Sha256 == "" {
			t.Errorf("%v: bin %s, sha256 %q\n%s", platform.Selector, platform.Bin, platform.Sha256, diff)
		}
	}
}

func readGoreleaser(t *testing.T) goreleaser {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, ".goreleaser.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	config := goreleaser{}
	if err := yaml.Unmarshal(text, &config); err != nil {
		t.Fatal(err)
	}
	return config
}

// archive is the file that goreleaser uploads for a platform.
func archive(t *testing.T, config goreleaser, goos, goarch string) string {
	t.Helper()
	archive := config.Archives[0]
	name := fill(t, archive.NameTemplate, nil, map[string]string{
		"ProjectName": config.ProjectName, "Tag": tag, "Os": goos, "Arch": goarch,
	})
	formats := archive.Formats
	for _, override := range archive.FormatOverrides {
		if override.Goos == goos {
			formats = override.Formats
		}
	}
	if len(formats) != 1 {
		t.Fatalf("%s has the formats %q, want one", goos, formats)
	}
	return name + "." + formats[0]
}

// readKrew fills the manifest as krew-release-bot does, whose addURIAndSha
// returns two lines, the second one indented by four.
func readKrew(t *testing.T) krew {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "krew.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	filled := fill(t, string(text), template.FuncMap{
		"addURIAndSha": func(url, tag string) string {
			return "uri: " + fill(t, url, nil, map[string]string{"TagName": tag}) + "\n    sha256: " + strings.Repeat("0", 64)
		},
	}, map[string]string{"TagName": tag})
	manifest := krew{}
	if err := yaml.UnmarshalStrict([]byte(filled), &manifest); err != nil {
		t.Fatal(err)
	}
	return manifest
}

func fill(t *testing.T, text string, functions template.FuncMap, values map[string]string) string {
	t.Helper()
	parsed, err := template.New("").Funcs(functions).Option("missingkey=error").Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	filled := strings.Builder{}
	if err := parsed.Execute(&filled, values); err != nil {
		t.Fatal(err)
	}
	return filled.String()
}
