package process

import (
	"bytes"
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
	// The launcher and the program are one group, so that they end together.
	launcher.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	launcher.Cancel = func() error { return syscall.Kill(-launcher.Process.Pid, syscall.SIGKILL) }
	err = launcher.Run()
	_ = end.Close() // nothing was written to our side of it
	if ctx.Err() != nil {
		return usage, context.Cause(ctx)
	}
	if err != nil {
		return usage, fmt.Errorf("%w\n%s", err, strings.TrimSpace(stderr.String()))
	}
	return usage, json.NewDecoder(result).Decode(&usage)
}
