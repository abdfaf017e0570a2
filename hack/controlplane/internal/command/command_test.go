package command

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
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
