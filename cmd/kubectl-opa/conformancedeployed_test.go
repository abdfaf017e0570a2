package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"

	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery/conformance"
)

// stockOPA is OPA as it is, which "make controlplane" builds.
const stockOPA = root + "/.cache/bin/opa"

// readyWithin bounds how long an OPA takes to start.
const readyWithin = time.Minute

// deployedOPA is a running "opa run --server".
type deployedOPA struct{ client *http.Client }

// startOPA runs a stock OPA until the end of a test. It has no other environment
// than what is given, and listens on a socket of its own.
func startOPA(t *testing.T, args, env []string) *deployedOPA {
	t.Helper()
	program, err := filepath.Abs(stockOPA)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(program); err != nil {
		t.Fatalf("%v: run \"make controlplane\"", err)
	}
	folder, err := os.MkdirTemp("", "opa") // a socket's path has to be short
	if err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(folder, "s")
	var said bytes.Buffer
	ctx, cancel := context.WithCancel(context.Background())
	run := exec.CommandContext(ctx, program, append(args, "--addr", "unix://"+socket)...)
	run.Dir, run.Stdout, run.Stderr = folder, &said, &said
	run.Env = env
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- run.Wait() }()
	opa := &deployedOPA{&http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", socket)
		},
	}}}
	t.Cleanup(func() {
		cancel()
		<-ended
		os.RemoveAll(folder)
	})
	err = wait.PollUntilContextTimeout(t.Context(), 20*time.Millisecond, readyWithin, true, func(ctx context.Context) (bool, error) {
		code, _, err := opa.send(ctx, http.MethodGet, "/health?bundles", nil)
		select {
		case err := <-ended:
			ended <- err
			return false, fmt.Errorf("opa ended: %w", err)
		default:
			return err == nil && code == http.StatusOK, nil
		}
	})
	if err != nil {
		cancel()
		ended <- <-ended // nothing is said any more
		t.Fatalf("starting opa: %v\n%s", err, said.String())
	}
	return opa
}

func (o *deployedOPA) send(ctx context.Context, method, path string, body []byte) (code int, answer []byte, err error) {
	request, err := http.NewRequestWithContext(ctx, method, "http://opa"+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	response, err := o.client.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	answer, err = io.ReadAll(response.Body)
	return response.StatusCode, answer, err
}

// do sends what has to be answered with 200.
func (o *deployedOPA) do(t *testing.T, method, path string, body []byte) []byte {
	t.Helper()
	code, answer, err := o.send(t.Context(), method, path, body)
	if err != nil || code != http.StatusOK {
		t.Fatalf("%s %s: %d, %v\n%s", method, path, code, err, answer)
	}
	return answer
}

// evaluate evaluates a case with its policy, which is there for as long.
func (o *deployedOPA) evaluate(t *testing.T, c conformance.Case) conformance.Outcome {
	t.Helper()
	o.do(t, http.MethodPut, "/v1/policies/case", []byte(c.Module()))
	defer o.do(t, http.MethodDelete, "/v1/policies/case", nil)
	question, err := json.Marshal(struct {
		Input json.RawMessage `json:"input,omitempty"`
	}{c.Input})
	if err != nil {
		t.Fatal(err)
	}
	path := strings.ReplaceAll(strings.TrimPrefix(conformance.Query, "data"), ".", "/")
	var answer struct{ Result json.RawMessage }
	if err := json.Unmarshal(o.do(t, http.MethodPost, "/v1/data"+path, question), &answer); err != nil {
		t.Fatal(err)
	}
	return conformance.Outcome{Value: answer.Result}
}
