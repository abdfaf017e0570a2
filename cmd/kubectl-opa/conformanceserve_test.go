package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd"
	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery/conformance"
)

// served is the engine that asks "query serve" over the network.
func (r *conformanceRun) served(t *testing.T) conformance.Outcome {
	t.Helper()
	url, stop := serveInProcess(t, append(r.live(t), "-d", filepath.Join(r.folder, "policy.rego"))...)
	request := map[string]any{}
	if len(r.Input) > 0 {
		request["input"] = r.Input
	}
	body, err := json.Marshal(request)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.Post(url+"/v1/"+strings.ReplaceAll(conformance.Query, ".", "/"), "application/json", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var answer struct {
		Result json.RawMessage
		Errors []servedProblem
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	outcome := conformance.Outcome{Value: answer.Result, Warning: stop()}
	if response.StatusCode != http.StatusOK {
		outcome.Error = response.Status
		for _, problem := range answer.Errors {
			outcome.Error += "\n" + problem.String()
		}
	}
	return outcome
}

// servedProblem is an error in an answer of OPA.
type servedProblem struct {
	Message    string
	StackTrace []struct {
		Location struct {
			File     string
			Row, Col int
		}
	} `json:"stack_trace"`
}

// String is the message and all places, the innermost first.
func (p servedProblem) String() string {
	lines := []string{}
	for _, frame := range p.StackTrace {
		lines = append(lines, fmt.Sprintf("%s:%d:%d: %s", frame.Location.File, frame.Location.Row, frame.Location.Col, p.Message))
	}
	return strings.Join(append(lines, p.Message), "\n")
}

// serveInProcess runs "query serve" as main does, in this process. stop ends it, and
// returns what it said between its first words and its last.
func serveInProcess(t *testing.T, args ...string) (url string, stop func() string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	reader, writer := io.Pipe()
	env := cli.NewEnv()
	env.In, env.Out, env.Err = strings.NewReader(""), writer, writer
	code := make(chan int, 1)
	go func() {
		code <- cmd.Main(ctx, env, append([]string{"kubectl-opa", "query", "serve", "--addr", "127.0.0.1:0"}, args...))
		_ = writer.Close()
	}()
	lines := bufio.NewScanner(reader)
	said := []string{}
	for len(said) < 3 && lines.Scan() {
		said = append(said, lines.Text())
	}
	found := serving.FindStringSubmatch(strings.Join(said[:min(1, len(said))], ""))
	if found == nil {
		t.Fatalf("it does not serve: %q", said)
	}
	rest := make(chan string, 1)
	go func() {
		var text strings.Builder
		for lines.Scan() {
			text.WriteString(lines.Text() + "\n")
		}
		rest <- text.String()
	}()
	return found[1], func() string {
		cancel()
		text, stopped := strings.CutSuffix(<-rest, "stopped\n")
		if got := <-code; got != 0 || !stopped {
			t.Errorf("exit code %d, after %q", got, text)
		}
		return text
	}
}
