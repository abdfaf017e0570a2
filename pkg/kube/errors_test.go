package kube

import (
	"errors"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
)

// TestExplainForbidden tells a missing right from other answers with the code
// 403, which no right would change.
func TestExplainForbidden(t *testing.T) {
	pods := schema.GroupResource{Resource: "pods"}
	const right = `User "x" cannot get resource "pods" in API group "" in the namespace "y"`
	for name, tc := range map[string]struct {
		err       error
		want      string
		wantRight bool
	}{
		"a missing right": {
			apierrors.NewForbidden(pods, "a", errors.New(right)),
			`getting "a": forbidden: ` + right, true,
		},
		"of a path": {
			&apierrors.StatusError{ErrStatus: metav1.Status{
				Code: http.StatusForbidden, Reason: metav1.StatusReasonForbidden, Message: `forbidden: User "x" cannot get path "/apis"`,
			}},
			`getting "a": forbidden: User "x" cannot get path "/apis"`, true,
		},
		"a webhook": {
			&apierrors.StatusError{ErrStatus: metav1.Status{
				Code: http.StatusForbidden, Reason: metav1.StatusReasonForbidden, Message: `admission webhook "w" denied the request: no`,
			}},
			`getting "a": admission webhook "w" denied the request: no`, false,
		},
		"a namespace on its way out": {
			apierrors.NewForbidden(pods, "a", errors.New("unable to create new content in namespace y because it is being terminated")),
			`getting "a": pods "a" is forbidden: unable to create new content in namespace y because it is being terminated`, false,
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := (&Client{}).explain(tc.err, "getting %q", "a")
			if diff := cmp.Diff(tc.want, got.Error()); diff != "" {
				t.Error(diff)
			}
			if errors.Is(got, ErrForbidden) != tc.wantRight || len(advice.Next(got)) > 0 != tc.wantRight {
				t.Errorf("%#v, %q", got, advice.Next(got))
			}
		})
	}
}
