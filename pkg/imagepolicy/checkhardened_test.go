package imagepolicy_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/imagepolicy"
)

// TestCheckHardened wants the prefix and the hint of verdicts. What is allowed
// and what is denied, registry-hardened.yaml says.
func TestCheckHardened(t *testing.T) {
	digest := "@sha256:" + strings.Repeat("0", 64)
	for _, tc := range []struct {
		image    string
		prefixes []string
		// want are allowed, denied or unreadable, and the prefix in question.
		want, prefix, hint string
	}{
		// The prefix that says most, written in full, allows; the first of several.
		{"quay.io/team/app", []string{"quay.io", "quay.io/team/", "quay.io/team"}, "allowed", "quay.io/team/", ""},
		{"quay.io/app", []string{"quay.io", "quay.io/"}, "allowed", "quay.io", ""},
		{"nginx", []string{"docker.io/library", "nginx", "docker.io/library/nginx"}, "allowed", "nginx", ""},
		{"quay.io/app", []string{"https://quay.io/app", "quay.io"}, "allowed", "quay.io", ""},

		// The nearest is nearest in full, too.
		{"nginx", []string{"quay.io"}, "denied", "", ""},
		{"nginx", []string{"ghcr.io", "redis", "bitnami"}, "denied", "redis", ""},
		{"quay.io/org/app", []string{"quay.io/a", "quay.io/org/x", "quay.io/org/y"}, "denied", "quay.io/org/x", ""},

		{"quay.io.example.com/x", []string{"quay.io"}, "denied", "quay.io",
			"quay.io.example.com/x begins with the text quay.io, but a prefix has to end where a part of the image ends"},
		{"quay.io/organic", []string{"quay.io/org"}, "denied", "quay.io/org",
			"quay.io/organic begins with the text quay.io/org, but a prefix has to end where a part of the image ends"},
		{"quay.io/app", []string{"quay.io/app:1"}, "denied", "quay.io/app:1", "the prefix quay.io/app:1 has a tag: it admits that one only"},
		{"nginx:1.5", []string{"nginx:1.25"}, "denied", "nginx:1.25", "the prefix nginx:1.25 has a tag: it admits that one only"},
		{"quay.io/app:1" + digest, []string{"quay.io/app:1"}, "denied", "quay.io/app:1",
			"the prefix quay.io/app:1 has a tag, and quay.io/app:1" + digest + " is pulled by its digest, whatever its tag"},
		{"quay.io/app", []string{"quay.io/app:1" + digest}, "denied", "quay.io/app:1" + digest,
			"the prefix quay.io/app:1" + digest + " has a digest: it admits that one only"},
		{"quay.io/b", []string{"quay.io/a:1"}, "denied", "quay.io/a:1", ""},
		{"ghcr.io/a", []string{"gcr.io/a:1"}, "denied", "gcr.io/a:1", ""},
		{"nginx:1", []string{"docker.io/nginx"}, "denied", "docker.io/nginx",
			"the prefix docker.io/nginx is an organization on Docker Hub: nginx:1 is pulled from docker.io/library/nginx:1"},
		{"nginx", []string{"docker.io/redis"}, "denied", "docker.io/redis", ""},
		{"quay.io/library/nginx", []string{"quay.io/nginx"}, "denied", "quay.io/nginx", ""},
		{"quay.io/app", []string{"quay.io/*"}, "denied", "quay.io/*", "no image can begin with the prefix quay.io/*: invalid reference format"},

		{"quay.io/App", []string{"ghcr.io", "quay.io"}, "unreadable", "quay.io",
			`"quay.io/App" is no image reference (invalid reference format: repository name (App) must be lowercase): no container runtime can pull it`},
		{"what ever", nil, "unreadable", "", `"what ever" is no image reference (invalid reference format): no container runtime can pull it`},
		{"nginx", nil, "denied", "", ""},
	} {
		prefixes := []imagepolicy.Prefix{}
		for i, text := range tc.prefixes {
			prefixes = append(prefixes, imagepolicy.Prefix{Registry: string(rune('a' + i)), Text: text})
		}
		want := imagepolicy.Verdict{Allowed: tc.want == "allowed", Unreadable: tc.want == "unreadable", Hint: tc.hint}
		for i := range prefixes {
			if prefixes[i].Text == tc.prefix {
				want.Prefix = &prefixes[i]
			}
		}
		if diff := cmp.Diff(want, imagepolicy.FlavorHardened.Check(tc.image, prefixes)); diff != "" {
			t.Errorf("%s by %q: %s", tc.image, tc.prefixes, diff)
		}
	}
}

func TestCheckPrefix(t *testing.T) {
	const tail = ", or one image such as quay.io/org/app:1.2"
	const next = "write a host such as quay.io, a path such as quay.io/org/" + tail
	digest := "@sha256:" + strings.Repeat("0", 64)
	for _, tc := range []struct {
		flavor                  imagepolicy.Flavor
		prefix, note, err, next string
	}{
		{"kkp", "q", "", "", ""},
		{"kkp", "https://x", "", "", ""},
		{"kkp", "", "", "the registry prefix is empty: every image would be allowed", "give a host such as quay.io, or a path such as quay.io/org/"},
		{"hardened", "", "", "the registry prefix is empty: no image would be allowed", "give a host such as quay.io, or a path such as quay.io/org/"},
		{"hardened", "quay.io", "", "", ""},
		{"hardened", "quay.io/org/", "", "", ""},
		{"hardened", "nginx", "", "", ""},
		{"hardened", "localhost:5000", "", "", ""},
		{"hardened", "quay.io:5000", "", "", ""},
		{"hardened", "registry:5000/", "", "", ""},
		{"hardened", "[::1]:5000", "", "", ""},
		{"hardened", "nginx:1", "the prefix nginx:1 is a host: for the image on Docker Hub write docker.io/library/nginx:1", "", ""},
		{"hardened", "nginx:1.25", "the prefix nginx:1.25 has a tag: it admits that one only, and no image with a digest", "", ""},
		{"hardened", "nginx" + digest, "the prefix nginx" + digest + " has a digest: it admits that one only", "", ""},
		{"hardened", "https://quay.io/org", "", `no image can begin with the registry prefix "https://quay.io/org": "https:" is no host`, "leave the scheme out: quay.io/org"},
		{"hardened", "quay.io ", "", `no image can begin with the registry prefix "quay.io ": invalid reference format`, "leave the space out"},
		{"hardened", "quay.io/*", "", `no image can begin with the registry prefix "quay.io/*": invalid reference format`,
			"leave the * out: a prefix admits all that begins with it, up to where a part of the image ends"},
		{"hardened", "quay.io/Org", "", `no image can begin with the registry prefix "quay.io/Org": repository name must be lowercase`, "write the path in lower case"},
		{"hardened", "quay.io/a/../b", "", `no image can begin with the registry prefix "quay.io/a/../b": invalid reference format`, next},
		{"hardened", "quay.io/app:1/", "", `no image can begin with the registry prefix "quay.io/app:1/": invalid reference format: nothing can follow a tag or a digest`, next},
		{"hardened", "://", "", `no image can begin with the registry prefix "://": ":" is no host`, next},
	} {
		note, err := tc.flavor.CheckPrefix(tc.prefix)
		text := ""
		if err != nil {
			text = err.Error()
		}
		got := []string{note, text, strings.Join(advice.Next(err), "\n")}
		if diff := cmp.Diff([]string{tc.note, tc.err, tc.next}, got); diff != "" {
			t.Errorf("%s, %q: %s", tc.flavor, tc.prefix, diff)
		}
	}
}
