package command

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/kubectl-opa/kubectl-opa/hack/controlplane/internal/cluster"
)

func TestMainRefusesWithAHint(t *testing.T) {
	for _, args := range [][]string{
		{},
		{"sevre"},
		{"build", "--fast"},
		{"serve", "--crds"},
		{"serve", "extra"},
		{"run"},
		{"run", "--"},
		{"run", "--fleet", "--", "true"},
		{"run", "--audit-interval", "1500ms", "--", "true"},
		{"serve", "--fleet", "--gatekeeper", "--crds", "x"},
		{"serve", "--audit-interval", "0"},
	} {
		var out, errs bytes.Buffer
		if code := Main(args, Streams{Out: &out, Err: &errs}); code != exitUsage {
			t.Errorf("controlplane %q exits %d, want %d", args, code, exitUsage)
		}
		if out.Len() > 0 || !strings.Contains(errs.String(), "see controlplane help") {
			t.Errorf("controlplane %q says %q and %q", args, out.String(), errs.String())
		}
	}
}

func TestMainHelps(t *testing.T) {
	for _, args := range [][]string{{"help"}, {"--help"}, {"serve", "-h"}, {"run", "--help"}} {
		var out, errs bytes.Buffer
		if code := Main(args, Streams{Out: &out, Err: &errs}); code != exitOK || out.String() != usage || errs.Len() > 0 {
			t.Errorf("controlplane %q exits %d and says %q and %q", args, code, out.String(), errs.String())
		}
	}
}

func TestMistypedFolderShowsBeforeAnythingIsBuilt(t *testing.T) {
	input, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer input.Close()
	defer writer.Close()
	var errs bytes.Buffer
	if code := Main([]string{"serve", "--crds", t.TempDir()}, Streams{In: input, Out: io.Discard, Err: &errs}); code != exitFailure {
		t.Errorf("serve exits %d, want %d", code, exitFailure)
	}
	if !strings.HasPrefix(errs.String(), "controlplane: reading CRDs: ") {
		t.Errorf("serve says %q", errs.String())
	}
}

func TestServeIsAskedToStopByTheEndOfItsInput(t *testing.T) {
	input, parent := io.Pipe()
	ctx, stop := untilAsked(input)
	defer stop()
	if err := ctx.Err(); err != nil {
		t.Fatalf("with its input open: %v", err)
	}
	parent.Close()
	<-ctx.Done()
	if cause := context.Cause(ctx); !errors.Is(cause, errStopped) {
		t.Errorf("the cause is %v", cause)
	}
}

func TestExitCodeIsTheCommands(t *testing.T) {
	for script, want := range map[string]int{
		"exit 0":        0,
		"exit 7":        7,
		"kill -TERM $$": exitSignal + 15,
	} {
		if got, err := exitCode(exec.Command("/bin/sh", "-c", script).Run()); got != want || err != nil {
			t.Errorf("after %q the exit code is %d, %v, want %d", script, got, err, want)
		}
	}
}

func TestFleetIsToldByItsLineAndItsEnvironment(t *testing.T) {
	t.Setenv("PATH", "/usr/bin")
	master := &cluster.Cluster{Kubeconfig: "/m/kubeconfig", Server: "https://127.0.0.1:1", Version: "v1.36.3", Dir: "/m"}
	seed := &cluster.Cluster{Kubeconfig: "/s/kubeconfig", Server: "https://127.0.0.1:2", Version: "v1.36.3", Dir: "/s"}
	c := &controlPlane{main: master, kubectl: "/bin/kubectl"}
	line, _ := json.Marshal(c.ready())
	want := `{"kubeconfig":"/m/kubeconfig","kubectl":"/bin/kubectl","server":"https://127.0.0.1:1","version":"v1.36.3","dir":"/m"`
	if string(line) != want+"}" {
		t.Errorf("the line is %s, want %s}", line, want)
	}
	c.fleet = map[string]*cluster.Cluster{"master": master, "seed": seed}
	line, _ = json.Marshal(c.ready())
	want += `,"clusters":{"master":{"kubeconfig":"/m/kubeconfig","server":"https://127.0.0.1:1","dir":"/m"},` +
		`"seed":{"kubeconfig":"/s/kubeconfig","server":"https://127.0.0.1:2","dir":"/s"}}}`
	if string(line) != want {
		t.Errorf("the line is %s, want %s", line, want)
	}
	variables := map[string]string{"PATH": "/bin:/usr/bin", "KUBECONFIG": "/m/kubeconfig", "SEED_KUBECONFIG": "/s/kubeconfig"}
	if got := c.environment(); !maps.Equal(got, variables) {
		t.Errorf("the environment is %v, want %v", got, variables)
	}
}
