package main

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	reportv1alpha1 "github.com/kubectl-opa/kubectl-opa/pkg/api/report/v1alpha1"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd"
	"github.com/kubectl-opa/kubectl-opa/pkg/imagepolicy"
)

// runPlugin runs the plugin in this process. It returns what it printed, and
// whether it found something; any other failure ends the test.
func runPlugin(t *testing.T, cluster *tableCluster, stdin string, args ...string) (stdout []byte, found bool) {
	t.Helper()
	var out, errs bytes.Buffer
	env := cli.NewEnv()
	env.In, env.Out, env.Err = strings.NewReader(stdin), &out, &errs
	code := cmd.Main(t.Context(), env, slices.Concat([]string{"kubectl-opa"}, args, []string{"--kubeconfig=" + cluster.kubeconfig}))
	if code > 1 {
		t.Fatalf("%s: exit code %d\n%s%s", strings.Join(args, " "), code, &out, &errs)
	}
	return out.Bytes(), code == 1
}

// check asks registry check about all containers of a case. Where there is no
// constraint, there is nothing to check by.
func (tc *tableCase) check(t *testing.T, cluster *tableCluster, flavor imagepolicy.Flavor) []reportv1alpha1.CheckedImage {
	t.Helper()
	if !tc.constrained(flavor) {
		return nil
	}
	manifests := []string{}
	for _, row := range tc.rows() {
		manifest, err := yaml.Marshal(pod("", row.podName(), row.containers(row.images, flavor)))
		if err != nil {
			t.Fatal(err)
		}
		manifests = append(manifests, string(manifest))
	}
	args := append([]string{"registry", "check", "-f", "-", "-o", "json"}, tc.by(t, cluster, flavor)...)
	output, found := runPlugin(t, cluster, strings.Join(manifests, "---\n"), args...)
	report := reportv1alpha1.RegistryCheckReport{}
	if err := json.Unmarshal(output, &report); err != nil {
		t.Fatal(err)
	}
	denied := slices.ContainsFunc(report.Images, func(i reportv1alpha1.CheckedImage) bool { return i.Denied() })
	if string(flavor) != report.Flavor || denied != found {
		t.Errorf("%s: registry check decides as %s, something is denied: %v, found something: %v", tc.name, report.Flavor, denied, found)
	}
	return report.Images
}

// by says by which prefixes to check. Those that --prefix refuses, as no image
// can begin with them, are looked for on the cluster: somebody has written a
// constraint with them.
func (tc *tableCase) by(t *testing.T, cluster *tableCluster, flavor imagepolicy.Flavor) []string {
	args := []string{"--flavor", string(flavor)}
	refused := len(tc.prefixes) == 0
	for _, prefix := range tc.prefixes {
		_, err := flavor.CheckPrefix(prefix)
		refused = refused || err != nil
		args = append(args, "--prefix="+prefix)
	}
	if !refused {
		return args
	}
	constraint, err := tc.constraint(flavor)
	if err != nil {
		t.Fatal(err)
	}
	constraint.SetName(kubermaticv1.AllowedRegistryName)
	if _, err := cluster.constraints.Apply(t.Context(), constraint.GetName(), constraint, metav1.ApplyOptions{FieldManager: "somebody", Force: true}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cluster.constraints.Delete(context.Background(), constraint.GetName(), metav1.DeleteOptions{}); err != nil && !apierrors.IsNotFound(err) {
			t.Error(err)
		}
	})
	return nil
}
