// Package process measures a program from its start to its end: time, processor
// time, and the most memory that it held.
//
// Linux counts the memory of whoever starts a program as that program's own, up
// to the moment when it takes its place. So a program is not started by bench,
// which has held much, but by a second, small bench that starts nothing else.
package process

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// LaunchCommand is the first argument of the bench that starts a program and
// writes its Usage to file descriptor 3.
const LaunchCommand = "launch"

// usageFile is the first of exec.Cmd's ExtraFiles.
const usageFile = 3

// A Usage is what a program took.
type Usage struct {
	Wall   time.Duration `json:"wall"`   // in nanoseconds, as the others
	CPU    time.Duration `json:"cpu"`    // in user and in system mode, on all processors
	Memory int64         `json:"memory"` // the most that it held, in bytes
}

// Launch runs a program, whose path is the first argument, and returns the
// exit code for the process.
func Launch(args []string) int {
	command := exec.Command(args[0], args[1:]...)
	command.Stdout, command.Stderr = os.Stdout, os.Stderr
	began := time.Now()
	err := command.Run()
	wall := time.Since(began)
	if command.ProcessState == nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	usage := Usage{Wall: wall, CPU: command.ProcessState.UserTime() + command.ProcessState.SystemTime(), Memory: memory(command.ProcessState)}
	if err := json.NewEncoder(os.NewFile(usageFile, "usage")).Encode(usage); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return exitCode(command.ProcessState)
}

// exitCode is the program's own. A signal that ended it has none.
func exitCode(state *os.ProcessState) int {
	if code := state.ExitCode(); code >= 0 {
		return code
	}
	fmt.Fprintln(os.Stderr, "ended by", state)
	return 1
}

// memory is a program's largest resident set, which macOS tells in bytes and
// Linux in kibibytes.
func memory(state *os.ProcessState) int64 {
	usage := state.SysUsage().(*syscall.Rusage)
	if runtime.GOOS == "darwin" {
		return usage.Maxrss
	}
	return usage.Maxrss * 1024
}
