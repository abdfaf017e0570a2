package process

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"
)

// holdEnv has the test binary hold as much memory as its value says and end.
const holdEnv = "BENCH_TEST_HOLD"

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == LaunchCommand {
		os.Exit(Launch(os.Args[2:]))
	}
	if os.Getenv(holdEnv) != "" {
		hold()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// held is what hold takes.
const held = 300 << 20

// hold writes to every page, or it would not be there.
func hold() []byte {
	memory := make([]byte, held)
	for i := 0; i < len(memory); i += os.Getpagesize() {
		memory[i] = 1
	}
	return memory
}

func shell(script string) Command { return Command{Args: []string{"/bin/sh", "-c", script}} }

func TestMeasure(t *testing.T) {
	var output bytes.Buffer
	usage, err := Measure(t.Context(), Command{Args: []string{"/bin/sh", "-c", "echo $WORD"}, Env: []string{"WORD=hello"}}, &output)
	if err != nil || output.String() != "hello\n" {
		t.Errorf("it says %q, %v", output.String(), err)
	}
	if usage.Wall <= 0 || usage.CPU <= 0 || usage.Memory <= 0 {
		t.Errorf("it took %+v", usage)
	}
}

// TestMemory wants the memory of a program, neither that of who measures it nor
// of those who were measured before.
func TestMemory(t *testing.T) {
	mine := hold()
	large, err := Measure(t.Context(), Command{Args: []string{os.Args[0]}, Env: []string{holdEnv + "=1"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	small, err := Measure(t.Context(), shell("exit 0"), nil)
	if err != nil {
		t.Fatal(err)
	}
	runtime.KeepAlive(mine)
	if large.Memory < held || large.Memory > 2*held || small.Memory > held/2 {
		t.Errorf("one that holds %d bytes is said to hold %d, one that holds none %d", held, large.Memory, small.Memory)
	}
}

// TestExit wants the exit code that is wanted, and a program that did not start
// not to be taken for one that failed.
func TestExit(t *testing.T) {
	found := shell("exit 1")
	found.Exit = 1
	if usage, err := Measure(t.Context(), found, nil); err != nil || usage.Wall <= 0 {
		t.Errorf("it took %+v, %v", usage, err)
	}
}

func TestMeasureFails(t *testing.T) {
	for want, command := range map[string]Command{
		"measuring true: exit status 0, want 1\n":                                 {Args: []string{"/bin/true"}, Exit: 1},
		"measuring nil: exit status 1\nfork/exec /nil: no such file or directory": {Args: []string{"/nil"}, Exit: 1},
		"measuring sh: exit status 3\nno list":                                    shell("echo no list >&2; exit 3"),
		"measuring sh: exit status 1\nended by signal: killed":                    shell("kill -KILL $$"),
		"measuring no: exit status 1\nfork/exec /no: no such file or directory":   {Args: []string{"/no"}},
	} {
		if usage, err := Measure(t.Context(), command, nil); err == nil || err.Error() != want || usage != (Usage{}) {
			t.Errorf("want %q, found %v, %v", want, err, usage)
		}
	}
}

// The program holds the pipe open, so its end tells that the program is gone.
func TestMeasureEndsAll(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	list, output := io.Pipe()
	ended := make(chan error)
	go func() {
		_, err := Measure(ctx, shell("echo started; while :; do sleep 60; done"), output)
		output.Close()
		ended <- err
	}()
	started := make([]byte, len("started\n"))
	if _, err := io.ReadFull(list, started); err != nil {
		t.Fatal(err)
	}
	enough := errors.New("enough")
	cancel(enough)
	if rest, err := io.ReadAll(list); err != nil || len(rest) > 0 {
		t.Errorf("it says %q, %v", rest, err)
	}
	if err := <-ended; !errors.Is(err, enough) || !strings.HasPrefix(err.Error(), "measuring sh: ") {
		t.Errorf("want %v, found %v", enough, err)
	}
}
