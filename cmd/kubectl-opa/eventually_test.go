package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

const (
	eventuallyTimeout  = time.Minute
	eventuallyInterval = 100 * time.Millisecond
	anyFailure         = "other than 0"
)

// eventually repeats a command until it exits with 0: eventually exec COMMAND….
// With ! it repeats the command until it fails, and eventually exit CODE
// COMMAND… until it exits with that code. What the last run printed is stdout
// and stderr.
func eventually(ts *testscript.TestScript, neg bool, args []string) {
	want := "0"
	switch {
	case len(args) > 1 && args[0] == "exec":
		args = args[1:]
		if neg {
			want = anyFailure
		}
	case len(args) > 2 && args[0] == "exit" && !neg:
		want, args = args[1], args[2:]
	default:
		ts.Fatalf("usage: [!] eventually exec COMMAND ARGS..., eventually exit CODE COMMAND ARGS...")
	}
	// In a process of its own, as all that a script runs itself is logged.
	if err := ts.Exec("repeat-until", append([]string{want}, args...)...); err != nil {
		ts.Fatalf("%s: within %s there was no exit code %s", strings.Join(args, " "), eventuallyTimeout, want)
	}
}

// repeatUntil is that process: repeat-until CODE COMMAND…. It prints what the
// last run printed, and fails if that exited with another code.
func repeatUntil() {
	want, args := os.Args[1], os.Args[2:]
	ctx, cancel := context.WithTimeout(context.Background(), eventuallyTimeout)
	defer cancel()
	var stdout, stderr bytes.Buffer
	for {
		stdout.Reset()
		stderr.Reset()
		cmd := exec.CommandContext(ctx, args[0], args[1:]...)
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		err := cmd.Run()
		code := exitOf(err)
		if code == want || want == anyFailure && code != "0" && code != "" {
			break
		}
		if ctx.Err() != nil || errors.Is(err, exec.ErrNotFound) {
			fmt.Fprintf(&stderr, "the last run: %v\n", err)
			defer os.Exit(1)
			break
		}
		time.Sleep(eventuallyInterval)
	}
	fmt.Print(stdout.String())
	fmt.Fprint(os.Stderr, stderr.String())
}

// exitOf is the exit code of a run, or nothing if it was not started or was
// ended by a signal.
func exitOf(err error) string {
	var failed *exec.ExitError
	switch {
	case err == nil:
		return "0"
	case errors.As(err, &failed) && failed.Exited():
		return strconv.Itoa(failed.ExitCode())
	}
	return ""
}
