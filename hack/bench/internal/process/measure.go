package process

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// A Command is a program to run.
type Command struct {
	Args []string // the path of the program, and its arguments
	Env  []string // NAME=value, all of them
	Exit int      // the exit code that it is to end with
}

// Measure runs a program to its end. Its output goes to stdout, nowhere where
// that is nil. An error says what the program wrote on stderr.
func Measure(ctx context.Context, c Command, stdout io.Writer) (Usage, error) {
	usage, err := measure(ctx, c, stdout)
	if err != nil {
		return Usage{}, fmt.Errorf("measuring %s: %w", filepath.Base(c.Args[0]), err)
	}
	return usage, nil
}

func measure(ctx context.Context, c Command, stdout io.Writer) (usage Usage, err error) {
	self, err := os.Executable()
	if err != nil {
		return usage, err
	}
	result, end, err := os.Pipe()
	if err != nil {
		return usage, err
	}
	defer result.Close()
	var stderr bytes.Buffer
	launcher := exec.CommandContext(ctx, self, append([]string{LaunchCommand}, c.Args...)...)
	launcher.Env, launcher.Stdout, launcher.Stderr, launcher.ExtraFiles = c.Env, stdout, &stderr, []*os.File{end}
	endTogether(launcher)
	err = launcher.Run()
	_ = end.Close() // nothing was written to our side of it
	if ctx.Err() != nil {
		return usage, context.Cause(ctx)
	}
	said := strings.TrimSpace(stderr.String())
	if code := launcher.ProcessState.ExitCode(); code != c.Exit {
		return usage, fmt.Errorf("%w\n%s", cmp.Or(err, fmt.Errorf("exit status %d, want %d", code, c.Exit)), said)
	}
	// What did not start is not told from what failed by its exit code.
	if json.NewDecoder(result).Decode(&usage) != nil {
		return Usage{}, fmt.Errorf("%w\n%s", err, said)
	}
	return usage, nil
}

// endTogether makes one group of a command and of all that it starts, and ends
// that when the command is to end.
func endTogether(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	command.Cancel = func() error { return syscall.Kill(-command.Process.Pid, syscall.SIGKILL) }
}
