package imagepolicy_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-opa/kubectl-opa/pkg/imagepolicy"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
)

func TestFindContainers(t *testing.T) {
	for name, tc := range map[string]struct {
		text string
		// want is a line per container: its list, name, image and path.
		want []string
		err  string
	}{
		"Pod": {
			`{apiVersion: v1, kind: Pod, spec: {initContainers: [{name: i, image: x}], containers: [{name: a, image: "y"}, {name: b}],
			ephemeralContainers: [{name: e, image: z, targetContainerName: a}]}}`,
			[]string{
				"initContainers i x spec.initContainers[0].image", "containers a y spec.containers[0].image",
				"containers b  spec.containers[1].image", "ephemeralContainers e z spec.ephemeralContainers[0].image",
			}, "",
		},
		"PodTemplate": {
			`{apiVersion: v1, kind: PodTemplate, template: {spec: {containers: [{name: a, image: x}]}}}`,
			[]string{"containers a x template.spec.containers[0].image"}, "",
		},
		"CronJob": {
			`{apiVersion: batch/v1, kind: CronJob, spec: {jobTemplate: {spec: {template: {spec: {containers: [{name: a, image: x}]}}}}}}`,
			[]string{"containers a x spec.jobTemplate.spec.template.spec.containers[0].image"}, "",
		},
		"several": {
			`{apiVersion: apps/v1, kind: Deployment, spec: {template: {spec: {containers: [{name: a, image: x}, {name: b, image: v}, {name: c, image: z}]}}}}`,
			[]string{
				"containers a x spec.template.spec.containers[0].image", "containers b v spec.template.spec.containers[1].image",
				"containers c z spec.template.spec.containers[2].image",
			}, "",
		},
		"anything with a template": {
			`{apiVersion: argoproj.io/v1alpha1, kind: Rollout, spec: {template: {spec: {containers: [{name: a, image: x}]}}}}`,
			[]string{"containers a x spec.template.spec.containers[0].image"}, "",
		},
		// It adds containers to Pods that it makes of something else.
		"no Pod":        {`{apiVersion: monitoring.coreos.com/v1, kind: Prometheus, spec: {containers: [{name: a, image: x}]}}`, []string{}, ""},
		"another Pod":   {`{apiVersion: example.com/v1, kind: Pod, spec: {containers: [{name: a, image: x}]}}`, []string{}, ""},
		"another shape": {`{apiVersion: v1, kind: X, spec: {template: text}}`, []string{}, ""},
		"nothing":       {`{apiVersion: v1, kind: Pod, spec: {containers: null}}`, []string{}, ""},
		"mistakes": {
			`{apiVersion: v1, kind: Pod, spec: {initContainers: {}, containers: [a, {name: b, image: 1}, {name: c, image: null}]}}`,
			[]string{"containers c  spec.containers[2].image"},
			"spec.initContainers: want a list of containers\nspec.containers[0]: want a map of fields\nspec.containers[1].image: want a text",
		},
	} {
		t.Run(name, func(t *testing.T) {
			documents, err := manifest.Parse("f", strings.NewReader(tc.text))
			if err != nil {
				t.Fatal(err)
			}
			found, err := imagepolicy.FindContainers(documents[0].Object())
			got := []string{}
			for _, c := range found {
				got = append(got, strings.Join([]string{c.Kind, c.Name, c.Image, policy.PathString(c.Path)}, " "))
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
			message := ""
			if err != nil {
				message = err.Error()
			}
			if diff := cmp.Diff(tc.err, message); diff != "" {
				t.Error(diff)
			}
		})
	}
}
