package imagepolicy_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-opa/kubectl-opa/pkg/imagepolicy"
)

func TestCheckKKP(t *testing.T) {
	quay := imagepolicy.Prefix{Registry: "quay", Text: "quay.io"}
	hub := imagepolicy.Prefix{Registry: "hub", Text: "docker.io"}
	team := imagepolicy.Prefix{Text: "quay.io/team/"}
	bare := imagepolicy.Prefix{Text: "nginx"}
	port := imagepolicy.Prefix{Text: "registry.local:5000"}
	digest := "@sha256:0000000000000000000000000000000000000000000000000000000000000000"
	allowed := func(by imagepolicy.Prefix, hint string) imagepolicy.Verdict {
		return imagepolicy.Verdict{Allowed: true, Prefix: &by, Hint: hint}
	}
	denied := func(near imagepolicy.Prefix, hint string) imagepolicy.Verdict {
		return imagepolicy.Verdict{Prefix: &near, Hint: hint}
	}
	for _, tc := range []struct {
		image    string
		prefixes []imagepolicy.Prefix
		want     imagepolicy.Verdict
	}{
		{"nginx", nil, imagepolicy.Verdict{Allowed: true}},
		{"nginx", []imagepolicy.Prefix{quay}, imagepolicy.Verdict{}},
		{"anything", []imagepolicy.Prefix{{}}, allowed(imagepolicy.Prefix{}, "")},

		// The longest prefix allows, the first of several.
		{"quay.io/team/app", []imagepolicy.Prefix{quay, team}, allowed(team, "")},
		{"quay.io/app", []imagepolicy.Prefix{quay, {Registry: "again", Text: "quay.io"}}, allowed(quay, "")},

		// The nearest shares the longest beginning, as written or as pulled.
		{"quay.io/other/app", []imagepolicy.Prefix{hub, team, {Text: "quay.io/tam/"}}, denied(team, "")},
		{"nginx", []imagepolicy.Prefix{{Text: "nginx.example.com/"}, {Text: "docker.io/org/"}}, denied(imagepolicy.Prefix{Text: "docker.io/org/"}, "")},
		{"nginx:1" + digest, []imagepolicy.Prefix{quay, hub}, denied(hub,
			"nginx:1"+digest+" is pulled from docker.io/library/nginx:1"+digest+": KKP compares the text as written")},
		{"org/app", []imagepolicy.Prefix{hub}, denied(hub, "org/app is pulled from docker.io/org/app: KKP compares the text as written")},
		{"index.docker.io/org/app", []imagepolicy.Prefix{hub}, denied(hub,
			"index.docker.io/org/app is pulled from docker.io/org/app: KKP compares the text as written")},
		{"Quay.io/app", []imagepolicy.Prefix{quay}, denied(quay, "Quay.io/app is pulled from quay.io/app: KKP compares the text as written")},

		// A prefix that ends in the middle of the host.
		{"quay.io.example.com/x", []imagepolicy.Prefix{quay},
			allowed(quay, "the prefix quay.io has no boundary: it also admits images of quay.io.example.com")},
		{"quay.iox/y", []imagepolicy.Prefix{quay}, allowed(quay, "the prefix quay.io has no boundary: it also admits images of quay.iox")},
		{"quay.io:444/y", []imagepolicy.Prefix{quay}, allowed(quay, "the prefix quay.io has no boundary: it also admits images of quay.io:444")},
		{"registry.local:50001/y", []imagepolicy.Prefix{port},
			allowed(port, "the prefix registry.local:5000 has no boundary: it also admits images of registry.local:50001")},
		{"nginx.example.com/y", []imagepolicy.Prefix{bare},
			allowed(bare, "the prefix nginx has no boundary: it also admits images of nginx.example.com")},
		{"registry.local:5000/y", []imagepolicy.Prefix{port}, allowed(port, "")},
		{"quay.io/y", []imagepolicy.Prefix{quay}, allowed(quay, "")},
		{"quay.io.example.com/x", []imagepolicy.Prefix{quay, {Text: "quay.io.example.com/"}}, allowed(imagepolicy.Prefix{Text: "quay.io.example.com/"}, "")},
		{"nginx:1.25", []imagepolicy.Prefix{{Text: "nginx:1"}}, allowed(imagepolicy.Prefix{Text: "nginx:1"}, "")},
		{"nginxinc/app", []imagepolicy.Prefix{bare}, allowed(bare, "")},
		{"docker.io", []imagepolicy.Prefix{{Text: "docker.i"}}, allowed(imagepolicy.Prefix{Text: "docker.i"}, "")},
		{"docker.io/app", []imagepolicy.Prefix{{Text: "docker"}}, allowed(imagepolicy.Prefix{Text: "docker"}, "")},

		// What cannot be parsed is decided by its text all the same.
		{"quay.io/App", []imagepolicy.Prefix{quay},
			allowed(quay, `"quay.io/App" is no image reference (invalid reference format: repository name (App) must be lowercase): KKP only compares the text`)},
		{" quay.io/app", []imagepolicy.Prefix{quay},
			imagepolicy.Verdict{Hint: `" quay.io/app" is no image reference (invalid reference format): KKP only compares the text`}},
	} {
		if diff := cmp.Diff(tc.want, imagepolicy.FlavorKKP.Check(tc.image, tc.prefixes)); diff != "" {
			t.Errorf("%s by %v: %s", tc.image, tc.prefixes, diff)
		}
	}
}
