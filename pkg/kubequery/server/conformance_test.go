package server

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery"
	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery/conformance"
	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery/offline"
)

// TestCases asks a server the conformance cases, on their objects as manifests:
// the outcome is that of kubectl opa query --from.
func TestCases(t *testing.T) {
	files, err := conformance.Load(os.DirFS("../../../testdata/conformance/query"))
	if err != nil {
		t.Fatal(err)
	}
	asked := 0
	for _, file := range files {
		t.Run(file.Name, func(t *testing.T) {
			cluster := manifests(t, file)
			for _, c := range file.Cases {
				if !c.For(conformance.From) {
					continue
				}
				asked++
				t.Run(c.Name, func(t *testing.T) {
					if problem := c.Judge(outcome(t, cluster, c)); problem != "" {
						t.Errorf("%s\n%s", problem, c.Module())
					}
				})
			}
		})
	}
	if asked < 100 {
		t.Errorf("only %d cases", asked)
	}
}

// manifests makes a cluster of the objects of a file.
func manifests(t *testing.T, file conformance.File) kubequery.Cluster {
	t.Helper()
	list, err := file.Manifests()
	if err != nil {
		t.Fatal(err)
	}
	cluster, err := offline.Load([]string{"-"}, bytes.NewReader(list))
	if err != nil {
		t.Fatal(err)
	}
	return cluster
}

// outcome is what a server makes of a case.
func outcome(t *testing.T, cluster kubequery.Cluster, c conformance.Case) conformance.Outcome {
	t.Helper()
	o, heard := options(map[string]string{"policy.rego": c.Module()})
	s := serve(t, cluster, o)
	request := map[string]any{}
	if len(c.Input) > 0 {
		request["input"] = c.Input
	}
	body, err := json.Marshal(request)
	if err != nil {
		t.Fatal(err)
	}
	code, text := ask(s.handler, http.MethodPost, "/v1/"+strings.ReplaceAll(conformance.Query, ".", "/"), string(body))
	var answer struct {
		Result json.RawMessage
		Errors []problem
	}
	if err := json.Unmarshal([]byte(text), &answer); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	result := conformance.Outcome{Value: answer.Result, Warning: heard.String()}
	if code != http.StatusOK {
		for _, problem := range answer.Errors {
			result.Error += problem.String()
		}
	}
	return result
}

// problem is an error in an answer.
type problem struct {
	Message    string
	StackTrace []struct {
		Location struct {
			File     string
			Row, Col int
		}
	} `json:"stack_trace"`
}

// String is the message with the place in the caller's own policy, as query has it.
func (p problem) String() string {
	for _, frame := range p.StackTrace {
		if at := frame.Location; at.File != libraryFile {
			return fmt.Sprintf("%s:%d:%d: %s", at.File, at.Row, at.Col, p.Message)
		}
	}
	return p.Message
}
