package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/kubectl-opa/kubectl-opa/pkg/imagepolicy"
)

// denial is what the API server says when Gatekeeper denies a request.
const denial = `admission webhook "validation.gatekeeper.sh" denied the request: `

// decision is what the API server says to a request.
type decision struct {
	// refused is why it was refused before any webhook was asked.
	refused string
	// messages are those of the case's constraint, sorted; none where it is admitted.
	messages []string
}

// denies tells whether one of the messages is about the container. All messages
// of both templates begin with its kind and name.
func (a decision) denies(title, name string) bool {
	return slices.ContainsFunc(a.messages, func(message string) bool {
		return strings.HasPrefix(message, title+"container <"+name+"> has an ")
	})
}

// readAnswer tells a denial from a mistake in the request, and both from all
// else, which is an error.
func readAnswer(err error, constraint string) (decision, error) {
	if err == nil {
		return decision{}, nil
	}
	_, text, denied := strings.Cut(err.Error(), denial)
	switch {
	case apierrors.IsForbidden(err) && denied:
		mark := "[" + constraint + "] "
		said := decision{messages: []string{}}
		rest, marked := strings.CutPrefix(text, mark)
		if !marked {
			return said, fmt.Errorf("another constraint than %s denies: %w", constraint, err)
		}
		said.messages = strings.Split(rest, "\n"+mark)
		slices.Sort(said.messages)
		return said, nil
	case apierrors.IsInvalid(err):
		causes := []string{}
		if details := apierrors.APIStatus(nil); errors.As(err, &details) {
			for _, cause := range details.Status().Details.Causes {
				causes = append(causes, cause.Field)
			}
		}
		return decision{refused: cmp.Or(strings.Join(causes, ", "), err.Error())}, nil
	}
	return decision{}, err
}

// golden compares what the webhook said with the message of the file, under the
// flavor that the file is about.
func (row tableRow) golden(t *testing.T, flavor imagepolicy.Flavor, said decision) {
	if flavor != row.flavor {
		return
	}
	want := []string{}
	if message := row.messages[row.kind]; message != "" {
		want = append(want, message)
	}
	got := []string{}
	for _, message := range said.messages {
		if !strings.HasPrefix(message, "container <"+fillerName+">") {
			got = append(got, message)
		}
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("%s, %s: the webhook does not say what %s does (-want +got):\n%s", row.name, row.kind, row.file, diff)
	}
}
