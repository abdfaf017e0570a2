package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-opa/kubectl-opa/pkg/testcluster"
)

// servedDeployment is the one that the manual's queries are about.
const servedDeployment = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: opa-kubernetes-api-client
  namespace: default
  labels: {app: opa-kubernetes-api-client, owner: platform}
spec:
  replicas: 0
  selector: {matchLabels: {app: opa-kubernetes-api-client}}
  template:
    metadata: {labels: {app: opa-kubernetes-api-client}}
    spec: {containers: [{name: opa, image: registry.example.com/opa:1}]}
`

const servedPolicy = `package p

import data.kubernetes.api.client

names := [d.metadata.name | some d in client.query_all("deployments").items]

owner := client.query_name_ns("deployments", input.name, "default").metadata.labels.owner

unknown := client.query_all("deploymnts")
`

// TestServe asks the plugin as a process of its own, on a real API server: what
// the manual asks, with OPA's own client, without rights; and then interrupts it.
func TestServe(t *testing.T) {
	cluster := startCluster(t, testcluster.Options{})
	dir := t.TempDir()
	apply(t, cluster, cluster.Kubeconfig, relative(t, file(t, dir, "deployment.yaml", servedDeployment)))
	policy := file(t, dir, "p.rego", servedPolicy)
	t.Run("the manual", func(t *testing.T) { serveManual(t, cluster) })
	t.Run("a client of OPA", func(t *testing.T) { serveClient(t, cluster, policy) })
	t.Run("without rights", func(t *testing.T) { serveForbidden(t, cluster) })
}

// relative is a path as apply takes it, from the root of the repository.
func relative(t *testing.T, path string) string {
	t.Helper()
	path, err := filepath.Rel(absolute(t, root), path)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// server is the plugin while it serves.
type server struct {
	url     string
	command *exec.Cmd
	// said is the rest of its stderr, once it has ended.
	said <-chan string
}

// serving is the line that says where it serves.
var serving = regexp.MustCompile(`^serving on (http://127\.0\.0\.1:\d+); Ctrl-C stops it$`)

// serve starts the plugin on a port that is free, and waits until it serves. Two
// more lines come then: the policies, and what to try.
func serve(t *testing.T, cluster *testcluster.Cluster, args ...string) *server {
	t.Helper()
	command := exec.CommandContext(t.Context(), program(t), append([]string{"query", "serve", "--addr", "127.0.0.1:0", "--kubeconfig", cluster.Kubeconfig}, args...)...)
	command.Env = []string{"HOME=" + t.TempDir(), "PATH=" + os.Getenv("PATH"), "NO_COLOR=1"}
	stderr, err := command.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	var stdout bytes.Buffer
	command.Stdout = &stdout
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(stderr)
	first, _ := lines.ReadString('\n')
	found := serving.FindStringSubmatch(strings.TrimSpace(first))
	if found == nil {
		rest, _ := io.ReadAll(lines)
		_ = command.Wait()
		t.Fatalf("it does not serve: %s%s", first, rest)
	}
	said := make(chan string, 1)
	go func() {
		rest, _ := io.ReadAll(lines)
		said <- string(rest)
	}()
	return &server{url: found[1], command: command, said: said}
}

// interrupt stops the server as Ctrl-C does. It ends well, and has said this.
func (s *server) interrupt(t *testing.T, want string) {
	t.Helper()
	if err := s.command.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	said := <-s.said
	if err := s.command.Wait(); err != nil {
		t.Errorf("after Ctrl-C: %v", err)
	}
	if diff := cmp.Diff(strings.ReplaceAll(want, "URL", s.url), said); diff != "" {
		t.Errorf("want(-) said(+):\n%s", diff)
	}
	if out := s.command.Stdout.(*bytes.Buffer).String(); out != "" {
		t.Errorf("want nothing on stdout, found %s", out)
	}
}

// query posts a query, and returns the value of x.
func (s *server) query(t *testing.T, text string) json.RawMessage {
	t.Helper()
	body, err := json.Marshal(map[string]string{"query": text})
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.Post(s.url+"/v1/query", "application/json", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var answer struct{ Result []struct{ X json.RawMessage } }
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil || response.StatusCode != http.StatusOK || len(answer.Result) != 1 {
		t.Fatalf("%s: %s, %v", text, response.Status, err)
	}
	return answer.Result[0].X
}

const tryIt = `try: curl -s URL/v1/query -d '{"query": "x := data.kubernetes.api.client.query_all(\"deployments\").body"}'` + "\n"

// serveManual sends the manual's three requests, to the letter.
func serveManual(t *testing.T, cluster *testcluster.Cluster) {
	s := serve(t, cluster)
	type object struct {
		Kind     string
		Metadata struct {
			Name, Namespace string
			Labels          map[string]string
		}
		Spec struct{ Replicas int }
	}
	var one object
	var lists [2]struct {
		Kind  string
		Items []object
	}
	for text, into := range map[string]any{
		`x := data.kubernetes.api.client.query_name_ns("deployments","opa-kubernetes-api-client", "default").body`:                    &one,
		`x := data.kubernetes.api.client.query_all("deployments").body`:                                                               &lists[0],
		`x := data.kubernetes.api.client.query_label_selector_ns("deployments", {"app":"opa-kubernetes-api-client"}, "default").body`: &lists[1],
	} {
		if err := json.Unmarshal(s.query(t, text), into); err != nil {
			t.Fatal(err)
		}
	}
	want := object{}
	want.Metadata.Name, want.Metadata.Namespace = "opa-kubernetes-api-client", "default"
	want.Metadata.Labels = map[string]string{"app": "opa-kubernetes-api-client", "owner": "platform"}
	for _, list := range lists {
		if list.Kind != "DeploymentList" {
			t.Errorf("the kind is %s", list.Kind)
		}
		if diff := cmp.Diff([]object{want}, list.Items); diff != "" {
			t.Error(diff)
		}
	}
	want.Kind = "Deployment"
	if diff := cmp.Diff(want, one); diff != "" {
		t.Error(diff)
	}
	s.interrupt(t, "no policies are loaded; -d loads some\n"+tryIt+"stopped\n")
}

// serveClient asks with OPA's own client for TypeScript, with a token.
func serveClient(t *testing.T, cluster *testcluster.Cluster, policy string) {
	const folder = root + "/hack/opaclient"
	if _, err := os.Stat(folder + "/node_modules"); err != nil {
		t.Skip("OPA's client is not there: make opaclient")
	}
	token := file(t, t.TempDir(), "token", "s3cret\n")
	s := serve(t, cluster, "-d", policy, "--token", token)
	ask := func(token string) (string, error) {
		out, err := exec.CommandContext(t.Context(), "node", folder+"/ask.mjs", s.url, token).Output()
		return string(out), err
	}
	out, err := ask("s3cret")
	if err != nil {
		t.Error(err)
	}
	want := `{"names":["opa-kubernetes-api-client"],"owner":"platform","unknown":{"error":"ServerError","message":"calling query_all: the server has no resource \"deploymnts\"; nearest: deployments.apps"}}` + "\n"
	if diff := cmp.Diff(want, out); diff != "" {
		t.Error(diff)
	}
	if out, err := ask("guessed"); err == nil {
		t.Errorf("a wrong token gets %s", out)
	}
	header := fmt.Sprintf(`URL/v1/query -H "Authorization: Bearer $(cat %s)"`, token)
	s.interrupt(t, "policies: "+policy+"\n"+strings.Replace(tryIt, "URL/v1/query", header, 1)+"stopped\n")
}

// serveForbidden asks as somebody without rights: that is a result, and the
// missing rule is said.
func serveForbidden(t *testing.T, cluster *testcluster.Cluster) {
	s := serve(t, cluster, "--as", "nobody")
	if got := string(s.query(t, `x := data.kubernetes.api.client.query_all("deployments").status_code`)); got != "403" {
		t.Errorf("want 403, found %s", got)
	}
	s.interrupt(t, "no policies are loaded; -d loads some\n"+tryIt+
		`warning: not allowed to list deployments.apps in all namespaces; the missing rule, in a ClusterRole:
  - apiGroups: ["apps"]
    resources: ["deployments"]
    verbs: ["list"]
stopped
`)
}
