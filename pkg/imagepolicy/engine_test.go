package imagepolicy_test

import (
	"testing"

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
					denied := containers[0].Enforced() && !imagepolicy.Check(containers[0].Image, prefixes).Allowed
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

// TestNoImage shows what Enforced rests on: where there is no image, the
// engine has nothing to compare.
func TestNoImage(t *testing.T) {
	object := pod(imagepolicy.Containers, map[string]any{"name": "app"})
	if messages := decide(t, engine(t, []string{"quay.io"}), object); len(messages) > 0 {
		t.Errorf("the engine denies: %q", messages)
	}
	containers, err := imagepolicy.FindContainers(object)
	if err != nil || len(containers) != 1 || containers[0].Enforced() {
		t.Errorf("found %v, %v", containers, err)
	}
}
