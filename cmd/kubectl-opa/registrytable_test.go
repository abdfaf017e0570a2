package main

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-opa/kubectl-opa/pkg/imagepolicy"
	"github.com/kubectl-opa/kubectl-opa/pkg/testcluster"
)

// atOnce is how many requests are on their way at the same time.
const atOnce = 8

// notAsked are the rows of the table that the API server refuses itself, before
// it asks any webhook, with the field that it names: images with a space around
// them, an ephemeral container that changes, any other container that comes.
var notAsked = []string{
	"a space before it | containers | spec.containers[0].image",
	"a space before it | initContainers | spec.initContainers[0].image",
	"a space before it | ephemeralContainers | spec.ephemeralContainers[0].image",
	"a line break at the end | containers | spec.containers[0].image",
	"a line break at the end | initContainers | spec.initContainers[0].image",
	"a line break at the end | ephemeralContainers | spec.ephemeralContainers[0].image",
	"an image that changes | ephemeralContainers | spec.ephemeralContainers",
	"an image that changes to an allowed one | ephemeralContainers | spec.ephemeralContainers",
	"an image that another container had | ephemeralContainers | spec.ephemeralContainers",
	"a container that comes | containers | spec.containers",
	"a container that comes | initContainers | spec.initContainers",
}

// TestRegistryTable lets the running webhook decide the cases of both files,
// for each kind of container, under the template of each flavor. It must decide
// as registry check says, container by container, and in the words that the
// cases have for their own flavor.
//
// Each case has a namespace and a constraint of its own, so that nothing is
// waited for between them. What a Pod had before the policy came, and every Pod
// that gets an ephemeral container, is made before there is a template.
func TestRegistryTable(t *testing.T) {
	table := &registryTable{
		cases:   append(kkpCases(t), hardenedCases(t)...),
		cluster: connect(t, startCluster(t, testcluster.Options{Gatekeeper: true})),
	}
	for i, tc := range table.cases {
		tc.namespace = fmt.Sprintf("case-%d", i)
	}
	table.cluster.failClosed(t)
	table.prepare(t)
	for _, flavor := range imagepolicy.Flavors() {
		t.Run(string(flavor), func(t *testing.T) {
			start := time.Now()
			table.install(t, flavor)
			ready := time.Now()
			table.compare(t, flavor)
			t.Logf("%s until Gatekeeper enforced, %s for the table", ready.Sub(start).Round(time.Second), time.Since(ready).Round(time.Second))
		})
	}
}

type registryTable struct {
	cluster *tableCluster
	cases   []*tableCase
}

// each runs something for each case, several at a time.
func (table *registryTable) each(t *testing.T, run func(ctx context.Context, index int, tc *tableCase) error) {
	t.Helper()
	group, ctx := errgroup.WithContext(t.Context())
	group.SetLimit(atOnce)
	for i, tc := range table.cases {
		group.Go(func() error { return run(ctx, i, tc) })
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
}

// prepare makes the namespaces, and the Pods that are older than the policy.
func (table *registryTable) prepare(t *testing.T) {
	table.each(t, func(ctx context.Context, _ int, tc *tableCase) error {
		if err := table.cluster.createNamespace(ctx, tc.namespace); err != nil {
			return err
		}
		for _, row := range tc.rows() {
			if !row.onOld() {
				continue
			}
			if err := table.cluster.createOld(ctx, row); err != nil {
				return err
			}
		}
		return nil
	})
}

// install lets the plugin install the template of a flavor, with a registry that
// then goes again, and with it every denial. Then each case gets its constraint.
func (table *registryTable) install(t *testing.T, flavor imagepolicy.Flavor) {
	runPlugin(t, table.cluster, "", "registry", "add", "first", "first.example/", "--flavor", string(flavor), "--wait", "--timeout=1m")
	stranger := pod(corev1.NamespaceDefault, "stranger", containerList{imagepolicy.Containers: {{"app", "stranger.example/app"}}})
	table.cluster.eventuallyDenied(t, stranger, true)
	runPlugin(t, table.cluster, "", "registry", "remove", "first", "--yes", "--wait", "--timeout=1m")
	table.cluster.eventuallyDenied(t, stranger, false)
	table.each(t, func(ctx context.Context, _ int, tc *tableCase) error {
		return table.cluster.createConstraint(ctx, tc, flavor)
	})
	table.cluster.awaitGatekeeper(t)
}

// compare asks the webhook and registry check about every row, and compares
// their answers with each other and with the file's.
func (table *registryTable) compare(t *testing.T, flavor imagepolicy.Flavor) {
	answers := make([][]decision, len(table.cases))
	table.each(t, func(ctx context.Context, i int, tc *tableCase) (err error) {
		answers[i], err = table.cluster.ask(ctx, tc, flavor)
		return err
	})
	refused, count := []string{}, tableCount{}
	for i, tc := range table.cases {
		checked := tc.check(t, table.cluster, flavor)
		for j, row := range tc.rows() {
			said := answers[i][j]
			if said.refused != "" {
				refused = append(refused, row.name+" | "+row.kind+" | "+said.refused)
				continue
			}
			count.rows++
			count.denials += len(said.messages)
			row.agree(t, flavor, said, checked, &count)
			row.golden(t, flavor, said)
		}
	}
	t.Logf("%d cases of %d kinds of containers: %d rows with %d denials; %d containers compared with registry check, %d it cannot be asked about",
		len(table.cases), len(kinds), count.rows, count.denials, count.compared, count.unasked)
	t.Logf("%d rows the API server refuses itself:\n%s", len(refused), strings.Join(refused, "\n"))
	if diff := cmp.Diff(notAsked, refused); diff != "" {
		t.Errorf("the API server itself refuses other rows than are known (-want +got):\n%s", diff)
	}
	if count.denials == 0 || count.compared < count.rows {
		t.Error("next to nothing was compared")
	}
}
