package cli

import (
	"context"
	"slices"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	"github.com/kubectl-opa/kubectl-opa/pkg/kube"
	"github.com/kubectl-opa/kubectl-opa/pkg/platform"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
)

// Platform is where policy objects live.
type Platform string

// The platforms. Auto is a value of the flag only.
const (
	Auto         Platform = "auto"
	OnKKP        Platform = "kkp"
	OnGatekeeper Platform = "gatekeeper"
)

// groups are the API groups that tell a platform.
var groups = map[Platform]string{OnKKP: kubermaticv1.GroupVersion.Group, OnGatekeeper: policy.TemplatesGroup}

// ValidatePlatform refuses an unknown --platform.
func (e *Env) ValidatePlatform() error {
	switch e.GivenPlatform {
	case Auto, OnKKP, OnGatekeeper:
		return nil
	}
	return advice.Errorf("choose auto, kkp or gatekeeper", "unknown --platform %q", e.GivenPlatform)
}

// Platform is the platform of the cluster that the kubeconfig names: the one
// of --platform, else KKP where its API is served, else Gatekeeper. The error
// says that it is not there, and how to get it.
func (e *Env) Platform(ctx context.Context) (Platform, error) {
	wanted := []Platform{e.GivenPlatform}
	if e.GivenPlatform == Auto {
		wanted = []Platform{OnKKP, OnGatekeeper}
	}
	for _, platform := range wanted {
		if served, err := e.serves(ctx, platform); served || err != nil {
			return platform, err
		}
	}
	return "", e.notServed(e.GivenPlatform)
}

// serves tells whether the cluster of the kubeconfig has a platform. It is
// asked once.
func (e *Env) serves(ctx context.Context, platform Platform) (bool, error) {
	if e.served == nil {
		client, err := e.Client()
		if err != nil {
			return false, err
		}
		if e.served, err = client.Groups(ctx); err != nil {
			return false, err
		}
	}
	return slices.Contains(e.served, groups[platform]), nil
}

// notServed says what the cluster does not have, and how to get it.
func (e *Env) notServed(wanted Platform) error {
	server := ""
	if client, err := e.Client(); err == nil {
		server = client.Server()
	}
	switch wanted {
	case OnKKP:
		return advice.Errorf("choose a KKP master or seed cluster with --context or --kubeconfig",
			"%s is no KKP cluster: it does not serve %s", server, groups[OnKKP])
	case OnGatekeeper:
		return advice.Errorf(InstallGatekeeper+", or choose another cluster with --context",
			"%s has no Gatekeeper: it does not serve %s", server, groups[OnGatekeeper])
	}
	return advice.Errorf(InstallGatekeeper+", or choose another cluster, such as a KKP master, with --context",
		"%s has neither KKP nor Gatekeeper: it serves neither %s nor %s", server, groups[OnKKP], groups[OnGatekeeper])
}

// InstallGatekeeper is the next step where there is none.
const InstallGatekeeper = "install Gatekeeper (https://open-policy-agent.github.io/gatekeeper/website/docs/install)"

// KKP returns KKP as the kubeconfig's cluster shows it, whatever --platform
// says, and the client behind it. The error says what is missing where this is
// no KKP cluster.
func (e *Env) KKP(ctx context.Context) (platform.KKP, *kube.Client, error) {
	client, err := e.Client()
	if err != nil {
		return platform.KKP{}, nil, err
	}
	served, err := e.serves(ctx, OnKKP)
	if err != nil {
		return platform.KKP{}, nil, err
	}
	if !served {
		return platform.KKP{}, nil, e.notServed(OnKKP)
	}
	return platform.KKP{Reader: client}, client, nil
}
