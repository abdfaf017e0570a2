package imagepolicy_test

import (
	"testing"

	constraintclient "github.com/open-policy-agent/frameworks/constraint/pkg/client"

	"github.com/kubectl-opa/kubectl-opa/pkg/imagepolicy"
)

// TestCheckIsTheEngine asks Check and Gatekeeper's engine about every image of
// the cases, under the prefixes of every case, in each kind of container.
func TestCheckIsTheEngine(t *testing.T) {
	cases := conformanceCases(t)
	images := []string{" quay.io/x", "quay.io", "docker.io", "quay.io/UPPER", "ghcr.io/organisation/x"}
	for _, tc := range cases {
		for _, image := range tc.Images {
			images = append(images, image)
		}
	}
	denials := 0
	for _, tc := range cases {
		t.Run(tc.Name, func(t *testing.T) {
			client := engine(t, tc.Prefixes)
			prefixes := make([]imagepolicy.Prefix, len(tc.Prefixes))
			for i, text := range tc.Prefixes {
				prefixes[i].Text = text
			}
			for _, kind := range []string{imagepolicy.Containers, imagepolicy.InitContainers, imagepolicy.EphemeralContainers} {
				for _, image := range images {
					object := pod(kind, map[string]any{"name": "app", "image": image})
					messages := decide(t, client, object)
					containers, err := imagepolicy.FindContainers(object)
					if err != nil || len(containers) != 1 {
						t.Fatalf("found %v, %v", containers, err)
					}
					denied := containers[0].Enforced(imagepolicy.FlavorKKP) && !imagepolicy.FlavorKKP.Check(containers[0].Image, prefixes).Allowed
					if denied != (len(messages) > 0) {
						t.Errorf("%s %q: denied is %v, the engine says %q", kind, image, denied, messages)
					}
					denials += len(messages)
				}
			}
		})
	}
	if denials == 0 {
		t.Error("the engine denied nothing")
	}
}

// TestNoImage shows what Enforced rests on: where there is no image, neither
// template has anything to decide.
func TestNoImage(t *testing.T) {
	empty := []map[string]any{{"name": "app"}, {"name": "app", "image": nil}, {"name": "app", "image": ""}}
	kkp, hardened := engine(t, []string{"quay.io"}), hardenedEngine(t, []string{"quay.io"})
	for _, tc := range []struct {
		flavor     imagepolicy.Flavor
		client     *constraintclient.Client
		containers []map[string]any
	}{{imagepolicy.FlavorKKP, kkp, empty[:1]}, {imagepolicy.FlavorHardened, hardened, empty}} {
		for _, container := range tc.containers {
			object := pod(imagepolicy.Containers, container)
			if messages := decide(t, tc.client, object); len(messages) > 0 {
				t.Errorf("%s: the engine denies %v: %q", tc.flavor, container, messages)
			}
			containers, err := imagepolicy.FindContainers(object)
			if err != nil || len(containers) != 1 || containers[0].Enforced(tc.flavor) {
				t.Errorf("%s: found %v, %v", tc.flavor, containers, err)
			}
		}
	}
}
