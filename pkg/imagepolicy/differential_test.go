package imagepolicy_test

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"

	"github.com/kubectl-opa/kubectl-opa/pkg/imagepolicy"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
)

// hardenedRego is the Rego of the template, ready to be asked. Gatekeeper's
// client asks the same, but slowly.
func hardenedRego(t testing.TB) rego.PreparedEvalQuery {
	t.Helper()
	source := policy.RegoSource{}
	if err := json.Unmarshal(imagepolicy.Template(imagepolicy.FlavorHardened).Spec.Targets[0].Code[0].Source.Raw, &source); err != nil {
		t.Fatal(err)
	}
	query, err := rego.New(
		rego.Query("messages := [v.msg | data.allowedregistry.violation[v]]"),
		rego.Module("hardened.rego", source.Rego),
		rego.SetRegoVersion(ast.RegoV0),
	).PrepareForEval(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return query
}

// differ compares the template's messages about one image with those that
// follow from Check, and returns how Check decides.
func differ(t *testing.T, query rego.PreparedEvalQuery, image, prefix string) imagepolicy.Verdict {
	t.Helper()
	input := map[string]any{
		"review":     map[string]any{"operation": "CREATE", "object": pod(imagepolicy.Containers, map[string]any{"name": "app", "image": image}).Object},
		"parameters": map[string]any{"allowed_registry": []any{prefix}},
	}
	results, err := query.Eval(context.Background(), rego.EvalInput(input))
	if err != nil {
		t.Fatal(err)
	}
	got := []string{}
	for _, message := range results[0].Bindings["messages"].([]any) {
		got = append(got, message.(string))
	}
	want := append([]string{}, hardenedMessages(imagepolicy.Containers, "app", image, []string{prefix})...)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%q by the prefix %q: Check wants -, the template says +\n%s", image, prefix, diff)
	}
	return imagepolicy.FlavorHardened.Check(image, []imagepolicy.Prefix{{Text: prefix}})
}

// TestHardenedDiffers asks Check and the template about thousands of images and
// prefixes, most of which are nasty.
func TestHardenedDiffers(t *testing.T) {
	query := hardenedRego(t)
	g := &generator{rand.New(rand.NewPCG(1, 2))}
	counts := map[string]int{}
	const pairs = 6000
	for range pairs {
		image := g.image()
		switch verdict := differ(t, query, image, g.prefix(image)); {
		case verdict.Unreadable:
			counts["unreadable"]++
		case verdict.Allowed:
			counts["allowed"]++
		default:
			counts["denied"]++
		}
	}
	for _, decision := range []string{"unreadable", "allowed", "denied"} {
		if counts[decision] < pairs/10 {
			t.Errorf("of %d pairs only %d are %s", pairs, counts[decision], decision)
		}
	}
}

// TestHardenedLongestPath is the one bound that chance does not find.
func TestHardenedLongestPath(t *testing.T) {
	query := hardenedRego(t)
	for length, readable := range map[int]bool{255: true, 256: false} {
		for _, host := range []string{"quay.io/", "docker.io/library/", "library/", "", "foo_bar.example/"} {
			taken := len(host)
			switch host {
			case "quay.io/":
				taken = 0
			case "docker.io/library/", "library/", "":
				taken = len("library/")
			}
			image := host + strings.Repeat("a", length-taken)
			if verdict := differ(t, query, image, "docker.io"); verdict.Unreadable == readable {
				t.Errorf("%d letters after %q: unreadable is %v", length, host, verdict.Unreadable)
			}
		}
	}
}

// TestHardenedShapes gives the template what the API server never would.
func TestHardenedShapes(t *testing.T) {
	query := hardenedRego(t)
	for name, tc := range map[string]struct{ input, want string }{
		"no object":         {`{"parameters": {"allowed_registry": ["quay.io"]}}`, ``},
		"no containers":     {`{"review": {"object": {"spec": {"containers": null}}}}`, ``},
		"no container":      {`{"review": {"object": {"spec": {"containers": ["nginx"]}}}}`, ``},
		"a number":          {`{"review": {"object": {"spec": {"containers": [{"name": "a", "image": 1}]}}}}`, `container <a> has an image <1> that is no image reference`},
		"a list":            {`{"review": {"object": {"spec": {"containers": [{"name": "a", "image": ["quay.io/x"]}]}}}, "parameters": {"allowed_registry": ["quay.io"]}}`, `container <a> has an image <["quay.io/x"]> that is no image reference`},
		"no name":           {`{"review": {"object": {"spec": {"initContainers": [{"image": "nginx"}]}}}, "parameters": {"allowed_registry": ["quay.io"]}}`, `init container <> has an invalid image registry <nginx>, allowed image registries are ["quay.io"]`},
		"no parameters":     {`{"review": {"object": {"spec": {"containers": [{"name": "a", "image": "nginx"}]}}}}`, `container <a> has an invalid image registry <nginx>, allowed image registries are []`},
		"no list":           {`{"review": {"object": {"spec": {"containers": [{"name": "a", "image": "nginx"}]}}}, "parameters": {"allowed_registry": "nginx"}}`, `container <a> has an invalid image registry <nginx>, allowed image registries are nginx`},
		"null for the list": {`{"review": {"object": {"spec": {"containers": [{"name": "a", "image": "nginx"}]}}}, "parameters": {"allowed_registry": null}}`, `container <a> has an invalid image registry <nginx>, allowed image registries are null`},
		"no texts":          {`{"review": {"object": {"spec": {"containers": [{"name": "a", "image": "nginx"}]}}}, "parameters": {"allowed_registry": [null, 1, ["nginx"]]}}`, `container <a> has an invalid image registry <nginx>, allowed image registries are [null, 1, ["nginx"]]`},
		"texts beside":      {`{"review": {"object": {"spec": {"containers": [{"name": "a", "image": "nginx"}]}}}, "parameters": {"allowed_registry": [1, "nginx"]}}`, ``},
		"no old object":     {`{"review": {"operation": "UPDATE", "object": {"spec": {"containers": [{"name": "a", "image": "nginx"}]}}}}`, `container <a> has an invalid image registry <nginx>, allowed image registries are []`},
	} {
		var input any
		if err := json.Unmarshal([]byte(tc.input), &input); err != nil {
			t.Fatal(err)
		}
		results, err := query.Eval(t.Context(), rego.EvalInput(input))
		if err != nil {
			t.Fatal(err)
		}
		want := []any{}
		if tc.want != "" {
			want = append(want, tc.want)
		}
		if diff := cmp.Diff(want, results[0].Bindings["messages"]); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// FuzzHardened looks for an image and a prefix that Check and the template
// decide differently about.
func FuzzHardened(f *testing.F) {
	query := hardenedRego(f)
	g := &generator{rand.New(rand.NewPCG(3, 4))}
	for range 300 {
		image := g.image()
		f.Add(image, g.prefix(image))
	}
	f.Fuzz(func(t *testing.T, image, prefix string) {
		// JSON carries nothing else, and no image is ever not to be judged.
		image, prefix = strings.ToValidUTF8(image, "?"), strings.ToValidUTF8(prefix, "?")
		differ(t, query, image, prefix)
	})
}
