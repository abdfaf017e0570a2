package kube

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
)

// ErrNotFound says that an object, or its whole API, is not there.
var ErrNotFound = errors.New("not found")

// ErrForbidden says that this user may not do that.
var ErrForbidden = errors.New("forbidden")

// ErrConflict says that somebody else has changed an object meanwhile.
var ErrConflict = errors.New("conflict")

// ErrUnreachable says that a server did not answer.
var ErrUnreachable = errors.New("unreachable")

// ErrNoKubeconfig says that nothing names a cluster.
var ErrNoKubeconfig = advice.Wrap(
	errors.New("no kubeconfig: neither --kubeconfig nor KUBECONFIG nor ~/.kube/config names a cluster"),
	"give --kubeconfig FILE, or set KUBECONFIG")

// explain says what failed while doing what, and what to do next. A nil err
// stays nil.
func (c *Client) explain(err error, doing string, args ...any) error {
	if err == nil {
		return nil
	}
	doing = fmt.Sprintf(doing, args...)
	if c.name != "" {
		doing = c.name + ": " + doing
	}
	switch {
	case requestTimeout(err):
		return advice.Wrap(fmt.Errorf("%s: cannot reach the server %s: %w", doing, c.server, marked{errNoAnswer, ErrUnreachable}),
			"check that it runs and can be reached from here, or wait longer with --request-timeout")
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%s: %w", doing, err)
	case apierrors.IsConflict(err) && apierrors.HasStatusCause(err, metav1.CauseTypeFieldManagerConflict):
		return advice.Wrap(fmt.Errorf("%s: %s: %w", doing, conflicts(err), err),
			"leave these fields out of the manifest, or take them over with --force-conflicts")
	case apierrors.IsConflict(err):
		return advice.Wrap(fmt.Errorf("%s: others keep changing it: %w", doing, marked{err, ErrConflict}),
			"run the command again: this object is as the others left it")
	case apierrors.IsNotFound(err) && named(err):
		return fmt.Errorf("%s: %w", doing, ErrNotFound)
	case apierrors.IsNotFound(err), meta.IsNoMatchError(err):
		return fmt.Errorf("%s: %w", doing, marked{err, ErrNotFound})
	case missingRight(err) != "":
		next := "ask for these rights, or use another identity (--context, --as)"
		if c.name != "" {
			next = "the kubeconfig that KKP keeps for this cluster has too few rights: see its Secret"
		}
		return advice.Wrap(fmt.Errorf("%s: %w: %s", doing, ErrForbidden, missingRight(err)), "%s", next)
	case apierrors.IsUnauthorized(err):
		next := "log in again, or choose another identity with --context or --kubeconfig"
		if c.name != "" {
			next = "the kubeconfig that KKP keeps for this cluster is out of date: see its Secret"
		}
		return advice.Wrap(fmt.Errorf("%s: %s does not accept these credentials: %w", doing, c.server, err), "%s", next)
	}
	if unanswered := c.explainUnanswered(err, doing); unanswered != nil {
		return unanswered
	}
	if unreachable(err) {
		next := "check that the cluster runs and that --context and --kubeconfig name the right one"
		if c.name != "" {
			next = "check that it runs, and that it can be reached from here: its kubeconfig is the one that KKP keeps in a Secret"
		}
		return advice.Wrap(fmt.Errorf("%s: cannot reach the server %s: %w", doing, c.server, marked{root(err), ErrUnreachable}), "%s", next)
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// errNoAnswer says that a request took too long.
var errNoAnswer = errors.New("no answer in time")

// requestTimeout tells whether the time for one request ran out, and not that
// of the command. net/http says so, unless client-go comes first, which gives a
// request of its own the same time and puts it into the URL.
func requestTimeout(err error) bool {
	var failed *url.Error
	if !errors.As(err, &failed) || !failed.Timeout() {
		return false
	}
	target, parseErr := url.Parse(failed.URL)
	return strings.Contains(failed.Error(), "Client.Timeout") || parseErr == nil && target.Query().Has("timeout")
}

// named tells whether the server looked for an object; otherwise it does not
// know the resource.
func named(err error) bool {
	var status apierrors.APIStatus
	return errors.As(err, &status) && status.Status().Details != nil && status.Status().Details.Name != ""
}

// marked keeps the server's words and is, for errors.Is, also one of our
// errors.
type marked struct {
	error
	is error
}

func (m marked) Is(target error) bool { return target == m.is }
func (m marked) Unwrap() error        { return m.error }

// missingRight says who may not do what, without the object, which our error
// names already. It is empty for other errors: a webhook that denies a change
// answers 403 too, and no right would help.
func missingRight(err error) string {
	if !apierrors.IsForbidden(err) {
		return ""
	}
	_, reason, _ := strings.Cut(err.Error(), "forbidden: ")
	if !strings.HasPrefix(reason, "User ") {
		return ""
	}
	return reason
}

// conflicts names the other managers and the fields that they hold.
func conflicts(err error) string {
	parts := []string{}
	for _, cause := range causes(err) {
		if cause.Type == metav1.CauseTypeFieldManagerConflict {
			parts = append(parts, fmt.Sprintf("%s (%s)", cause.Field, cause.Message))
		}
	}
	return strings.Join(parts, ", ")
}

// causes are the details that the server gives of an error.
func causes(err error) []metav1.StatusCause {
	var status apierrors.APIStatus
	if !errors.As(err, &status) || status.Status().Details == nil {
		return nil
	}
	return status.Status().Details.Causes
}

func unreachable(err error) bool {
	var netError net.Error
	var urlError *url.Error
	return errors.As(err, &netError) || errors.As(err, &urlError)
}

// root is the innermost error: the sentence without the request around it.
func root(err error) error {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err
		}
		err = inner
	}
}

// explainConfig says why no connection can be made from the kubeconfig.
func explainConfig(err error) error {
	if clientcmd.IsEmptyConfig(err) {
		return ErrNoKubeconfig
	}
	next := "check --kubeconfig, KUBECONFIG and --context; kubectl config get-contexts lists what is there"
	if strings.HasPrefix(err.Error(), "cluster ") {
		next = "--cluster is for clusters of the kubeconfig; a KKP user cluster is named with -c, or as an argument"
	}
	return advice.Wrap(fmt.Errorf("reading the kubeconfig: %w", err), "%s", next)
}
