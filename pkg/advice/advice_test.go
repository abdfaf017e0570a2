package advice_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
)

func TestNext(t *testing.T) {
	base := errors.New("base")
	inner := advice.Wrap(base, "do %s", "this")
	joined := errors.Join(fmt.Errorf("first: %w", inner), advice.Errorf("do 100% that", "second %d", 2), inner)
	err := advice.Wrap(fmt.Errorf("doing: %w", joined), "start here")
	if diff := cmp.Diff([]string{"start here", "do this", "do 100% that"}, advice.Next(err)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff("doing: first: base\nsecond 2\nbase", err.Error()); diff != "" {
		t.Error(diff)
	}
	if !errors.Is(err, base) {
		t.Error("the base was lost")
	}
}

func TestNextOfNothing(t *testing.T) {
	if advice.Wrap(nil, "x") != nil {
		t.Error("a nil error became one")
	}
	for _, err := range []error{nil, errors.New("x")} {
		if diff := cmp.Diff([]string{}, advice.Next(err)); diff != "" {
			t.Error(diff)
		}
	}
}
