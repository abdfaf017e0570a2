package conformance_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/pkg/engine/conformance"
)

const gatorProgram = "../../../.cache/bin/gator"

// TestGator runs the cases through "gator test". Each case is one run, which all its reviews share.
func TestGator(t *testing.T) {
	if _, err := os.Stat(gatorProgram); err != nil {
		t.Fatalf("%v: run \"make controlplane\"", err)
	}
	g := &gator{dir: t.TempDir(), runs: map[string]gatorRun{}}
	run(t, g, conformance.Gator)
	for _, id := range slices.Sorted(maps.Keys(g.runs)) {
		t.Run("bytes of "+id, func(t *testing.T) { likeGator(t, g.runs[id]) })
	}
}

type gator struct {
	dir  string
	mu   sync.Mutex
	runs map[string]gatorRun // by the ID of their case
}

type gatorRun struct {
	results []gatorResult
	err     string
	// file was tested, and stdout printed.
	file   string
	stdout []byte
}

// gatorResult is what gator prints as JSON.
type gatorResult struct {
	Message string `json:"msg"`
	Meta    struct {
		Details any `json:"details"`
	} `json:"metadata"`
	Constraint map[string]any `json:"constraint"`
	Action     string         `json:"enforcementAction"`
	Scoped     []string       `json:"scopedActions"`
	Object     map[string]any `json:"violatingObject"`
}

func (g *gator) Review(ctx context.Context, c conformance.Case, r conformance.Review, _ conformance.Point) (conformance.Outcome, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	ran, done := g.runs[c.ID]
	if !done {
		var err error
		if ran, err = g.run(ctx, c); err != nil {
			return conformance.Outcome{}, err
		}
		g.runs[c.ID] = ran
	}
	outcome := conformance.Outcome{Error: ran.err}
	for _, result := range ran.results {
		switch {
		case identity(result.Object) == identity(r.Object):
			outcome.Violations = append(outcome.Violations, result.violation())
		case !slices.ContainsFunc(c.Reviews, func(other conformance.Review) bool {
			return other.At(conformance.Gator) && identity(other.Object) == identity(result.Object)
		}):
			object := unstructured.Unstructured{Object: result.Object}
			outcome.Besides = append(outcome.Besides, object.GetKind()+"/"+object.GetName()+": "+result.Message)
		}
	}
	return outcome, nil
}

func identity(object map[string]any) string {
	u := unstructured.Unstructured{Object: object}
	return strings.Join([]string{u.GetAPIVersion(), u.GetKind(), u.GetNamespace(), u.GetName(), u.GetGenerateName()}, " ")
}

func (r gatorResult) violation() conformance.Violation {
	actions := []string{r.Action}
	if r.Action == "scoped" {
		actions = r.Scoped
	}
	details := r.Meta.Details
	if object, isMap := details.(map[string]any); isMap && len(object) == 0 {
		details = nil
	}
	constraint := unstructured.Unstructured{Object: r.Constraint}
	return conformance.Violation{
		Constraint: constraint.GetName(), Message: r.Message, Actions: actions, Details: details,
		Autoreject: conformance.Autorejected(r.Message),
	}
}

// run writes a case into a file and has gator test it.
func (g *gator) run(ctx context.Context, c conformance.Case) (gatorRun, error) {
	objects := slices.Concat(c.Templates, c.Constraints, c.Namespaces, c.Given)
	for _, r := range c.Reviews {
		if r.At(conformance.Gator) {
			objects = append(objects, r.Object)
		}
	}
	var text bytes.Buffer
	for _, object := range objects {
		document, err := json.Marshal(object)
		if err != nil {
			return gatorRun{}, err
		}
		fmt.Fprintf(&text, "---\n%s\n", document)
	}
	file := filepath.Join(g.dir, c.ID+".yaml")
	if err := os.WriteFile(file, text.Bytes(), 0o600); err != nil {
		return gatorRun{}, err
	}
	var stdout, stderr bytes.Buffer
	command := exec.CommandContext(ctx, gatorProgram, "test", "-o", "json", "-f", file)
	command.Stdout, command.Stderr = &stdout, &stderr
	err := command.Run()
	var exited *exec.ExitError
	if err != nil && !errors.As(err, &exited) {
		return gatorRun{}, err
	}
	if err != nil && stdout.Len() == 0 {
		return gatorRun{err: stderr.String(), file: file}, nil
	}
	ran := gatorRun{file: file, stdout: stdout.Bytes()}
	if err := json.Unmarshal(stdout.Bytes(), &ran.results); err != nil {
		return gatorRun{}, fmt.Errorf("reading what gator printed: %w\n%s%s", err, stdout.Bytes(), stderr.Bytes())
	}
	return ran, nil
}
