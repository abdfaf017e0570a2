package query

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/kube"
	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery/leastrbac"
	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery/setup"
	"github.com/kubectl-opa/kubectl-opa/pkg/platform"
	"github.com/kubectl-opa/kubectl-opa/pkg/redact"
)

// SetupOptions are what a setup needs.
type SetupOptions struct {
	setup.Options
	Rules leastrbac.Rules
	// Deployment is the one that runs OPA, "" if there is none to look at, and
	// Container its container with OPA, "" to find it.
	Deployment, Container string
	Apply, Verify         bool
	Change                kube.ChangeOptions
	// Client is nil where there is no cluster to look at; it is there where
	// something is applied or verified.
	Client *kube.Client
	// Await waits until nothing is missing, and no longer than the user wants.
	Await func(ctx context.Context, look cli.Look) error
	// Learn gets the token, before anything is said that could have it.
	Learn func(token string)
}

// SetupResult is what a setup came to.
type SetupResult struct {
	// Objects are the manifests.
	Objects []*unstructured.Unstructured
	Changes []cli.Change
	Checks  []setup.Check
	// Patch is what the Deployment must have in addition, where nothing is applied.
	Patch *unstructured.Unstructured
	// Secret is the one with the token, nil where it is not there.
	Secret *unstructured.Unstructured
}

// Run makes the manifests, and applies and verifies them where asked for. What
// was done before an error is in the result.
func (o SetupOptions) Run(ctx context.Context) (SetupResult, error) {
	var result SetupResult
	var err error
	if result.Objects, err = o.Objects(); err != nil {
		return result, err
	}
	if o.Apply {
		if err := o.apply(ctx, &result); err != nil {
			return result, err
		}
	}
	if o.Verify {
		return result, o.verifyAll(ctx, &result)
	}
	if !o.Apply {
		result.Patch, err = o.patch(ctx)
	}
	return result, err
}

// patch is the patch for the Deployment as it is, if it can be read, else for
// one that has nothing of it yet.
func (o SetupOptions) patch(ctx context.Context) (*unstructured.Unstructured, error) {
	if o.Deployment == "" || o.Client == nil {
		return o.Patch(cmp.Or(o.Deployment, setup.DefaultContainer), o.Container), nil
	}
	deployment, err := o.live(ctx, "Deployment", o.Namespace, o.Deployment)
	if err != nil {
		return nil, err
	}
	if deployment == nil {
		return o.Patch(o.Deployment, o.Container), nil
	}
	return o.PatchOf(deployment, o.Container)
}

// kinds are where the kinds of objects of a setup live.
var kinds = map[string]schema.GroupVersionResource{
	"ServiceAccount":     {Version: "v1", Resource: "serviceaccounts"},
	"Secret":             {Version: "v1", Resource: "secrets"},
	"ConfigMap":          {Version: "v1", Resource: "configmaps"},
	"ClusterRole":        {Group: "rbac.authorization.k8s.io", Version: "v1", Resource: "clusterroles"},
	"ClusterRoleBinding": {Group: "rbac.authorization.k8s.io", Version: "v1", Resource: "clusterrolebindings"},
	"Role":               {Group: "rbac.authorization.k8s.io", Version: "v1", Resource: "roles"},
	"RoleBinding":        {Group: "rbac.authorization.k8s.io", Version: "v1", Resource: "rolebindings"},
	"Deployment":         {Group: "apps", Version: "v1", Resource: "deployments"},
}

func placeOf(kind, namespace string) platform.Place {
	return platform.Place{GroupVersionResource: kinds[kind], Namespace: namespace}
}

// apply applies the objects, waits for the token, and changes the Deployment.
func (o SetupOptions) apply(ctx context.Context, result *SetupResult) error {
	if err := o.rehearse(ctx); err != nil {
		return err
	}
	for _, object := range result.Objects {
		change, err := o.applyOne(ctx, object)
		if err != nil {
			return err
		}
		result.Changes = append(result.Changes, change)
	}
	if !o.Change.DryRun && !o.Change.Preview {
		if err := o.awaitToken(ctx, result); err != nil {
			return err
		}
	}
	if o.Deployment == "" {
		return nil
	}
	changed, outcome, err := o.Client.Patch(ctx, placeOf("Deployment", o.Namespace), o.Deployment, o.Change, func(deployment *unstructured.Unstructured) error {
		return o.Connect(deployment, o.Container)
	})
	if err != nil {
		return err
	}
	result.Changes = append(result.Changes, cli.Change{Object: changed, Outcome: outcome})
	return nil
}

// rehearse finds out that the Deployment cannot be changed, before anything is.
func (o SetupOptions) rehearse(ctx context.Context) error {
	if o.Deployment == "" {
		return nil
	}
	deployment, err := o.Client.Get(ctx, placeOf("Deployment", o.Namespace), o.Deployment)
	if errors.Is(err, kube.ErrNotFound) {
		return advice.Wrap(err, "name the Deployment that runs OPA with --deployment, and its namespace with -n")
	}
	if err != nil {
		return err
	}
	return o.Connect(deployment, o.Container)
}

func (o SetupOptions) applyOne(ctx context.Context, object *unstructured.Unstructured) (cli.Change, error) {
	before, err := o.live(ctx, object.GetKind(), object.GetNamespace(), object.GetName())
	switch {
	case err != nil:
		return cli.Change{}, err
	case o.Change.Preview && before == nil:
		return cli.Change{Object: object, Outcome: kube.Created}, nil
	case o.Change.Preview:
		return cli.Change{Object: object, Outcome: kube.Configured}, nil
	}
	after, outcome, err := o.Client.Apply(ctx, placeOf(object.GetKind(), object.GetNamespace()), object, before, o.Change)
	if errors.Is(err, kube.ErrNotFound) && object.GetNamespace() != "" {
		err = advice.Wrap(err, "is there no such namespace? kubectl create namespace %s", object.GetNamespace())
	}
	if err != nil {
		return cli.Change{}, err
	}
	return cli.Change{Object: withoutValues(after), Outcome: outcome}, nil
}

// live reads an object; nil is one that is not there.
func (o SetupOptions) live(ctx context.Context, kind, namespace, name string) (*unstructured.Unstructured, error) {
	object, err := o.Client.Get(ctx, placeOf(kind, namespace), name)
	if errors.Is(err, kube.ErrNotFound) {
		return nil, nil
	}
	return object, err
}

// withoutValues is an object to print: of a Secret, its values are left out.
func withoutValues(object *unstructured.Unstructured) *unstructured.Unstructured {
	if object.GetKind() != "Secret" {
		return object
	}
	bare := object.DeepCopy()
	redact.Secret(bare.Object)
	return bare
}

func (o SetupOptions) awaitToken(ctx context.Context, result *SetupResult) error {
	return o.Await(ctx, func(ctx context.Context) ([]string, error) {
		if err := o.readSecret(ctx, result); err != nil {
			return nil, err
		}
		if setup.Token(result.Secret) == "" || setup.CA(result.Secret) == "" {
			return []string{fmt.Sprintf("the token in secret %q in namespace %s", o.Name, o.Namespace)}, nil
		}
		return nil, nil
	})
}

func (o SetupOptions) readSecret(ctx context.Context, result *SetupResult) (err error) {
	if result.Secret, err = o.live(ctx, "Secret", o.Namespace, o.Name); err == nil && result.Secret != nil {
		o.Learn(setup.Token(result.Secret))
	}
	return err
}
