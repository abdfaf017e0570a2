package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// runTranscript is a program of its own, transcript FILE ARGS...: it runs
// kubectl-opa with the words of each line of the file, and with ARGS behind
// them, and prints the line, what that printed, and its exit code. What came on
// stderr has a bar before it. Lines that start with # are left out.
func runTranscript() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: transcript FILE ARGS...")
		os.Exit(exitMute)
	}
	lines, err := os.ReadFile(os.Args[1])
	if err == nil {
		err = runLines(string(lines), os.Args[2:])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "transcript:", err)
		os.Exit(exitMute)
	}
}

func runLines(lines string, more []string) error {
	for line := range strings.Lines(lines) {
		words := strings.Fields(line)
		if len(words) == 0 || words[0] == "#" {
			continue
		}
		var stdout, stderr bytes.Buffer
		cmd := exec.Command("kubectl-opa", append(words, more...)...)
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		var failed *exec.ExitError
		if err := cmd.Run(); err != nil && !errors.As(err, &failed) {
			return err
		}
		fmt.Printf("$ %s\n%s", strings.Join(words, " "), &stdout)
		for said := range strings.Lines(stderr.String()) {
			fmt.Print("| ", said)
		}
		fmt.Printf("= %d\n", cmd.ProcessState.ExitCode())
	}
	return nil
}
