package status

import (
	"errors"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	reportv1alpha1 "github.com/kubectl-opa/kubectl-opa/pkg/api/report/v1alpha1"
)

// sight is what one look sees.
type sight struct {
	report   reportv1alpha1.StatusReport
	warnings []string
	// notWaitedFor says what --wait leaves out, which would never settle or
	// cannot be seen.
	notWaitedFor []string
	// pending is what --wait waits for.
	pending []string
	// late is what to do when that does not come.
	late string
	// unread names what is not in the report though it should be, such as
	// "1 user cluster".
	unread []string
}

// failure says that the report is not whole; why, the warnings have said.
func (s *sight) failure() error {
	if s == nil || len(s.unread) == 0 {
		return nil
	}
	return fmt.Errorf("%s could not be read", strings.Join(s.unread, " and "))
}

func (s *sight) warn(format string, args ...any) {
	s.warnings = append(s.warnings, fmt.Sprintf(format, args...))
}

// lacks notes what could not be read, if err says so.
func (s *sight) lacks(resource schema.GroupVersionResource, meaning string, err error) {
	if err != nil {
		s.report.Unreadable = append(s.report.Unreadable, resource.GroupResource().String())
		s.warn("%s: %v", meaning, err)
	}
}

// withNext is an error with its next steps, for a warning.
func withNext(err error) string {
	text := err.Error()
	for _, next := range advice.Next(err) {
		text += "\n→ " + next
	}
	return text
}

// count is such as "1 cluster" and "2 clusters".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// errNothingHere says that --wait has nothing to wait for.
var errNothingHere = errors.New("no user cluster to wait for")
