package kube

import (
	"context"
	"math/rand/v2"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// attempts bound how often a change is computed anew. Each conflict means that
// somebody else's write got through, so this many writers at once all get
// their turn.
const attempts = 50

// The pauses between attempts are random, so that writers that met once do not
// meet again; they grow up to the longest.
const (
	firstPause   = 20 * time.Millisecond
	longestPause = 500 * time.Millisecond
)

// again runs a change until it meets no conflict, and returns the last one
// when patience ends.
func again(ctx context.Context, change func() error) error {
	pause := firstPause
	for attempt := 1; ; attempt++ {
		err := change()
		if !transient(err) || attempt == attempts {
			return err
		}
		timer := time.NewTimer(rand.N(pause)) //nolint:gosec // chance, not a secret
		select {
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		case <-timer.C:
		}
		pause = min(2*pause, longestPause)
	}
}

// transient tells whether a change that is computed anew can get through: it
// met another write, and no field of another manager.
func transient(err error) bool {
	return apierrors.IsConflict(err) &&
		(!apierrors.HasStatusCause(err, metav1.CauseTypeFieldManagerConflict) || onlyOurs(err))
}

// onlyOurs tells whether an apply conflicts with nobody but another run of this
// plugin, which set fields at the same time.
func onlyOurs(err error) bool {
	for _, cause := range causes(err) {
		if cause.Type == metav1.CauseTypeFieldManagerConflict && !strings.HasPrefix(cause.Message, `conflict with "`+FieldManager+`"`) {
			return false
		}
	}
	return true
}
