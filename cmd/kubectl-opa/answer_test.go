package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/creack/pty"
	"github.com/rogpeppe/go-internal/testscript"
)

const (
	// prompt is the end of every question.
	prompt = "[y/N] "
	// patience bounds a command on a terminal, its question and its end.
	patience = 60 * time.Second
	// exitMute says that a command did not behave at its terminal. It is none
	// of the plugin's exit codes.
	exitMute = 125
)

// answers are the keys that a user types at the prompt. The terminal makes an
// end of file of Ctrl-D and a signal of Ctrl-C.
var answers = map[string]string{
	"yes": "y\n", "no": "n\n", "enter": "\n", "eof": "\x04", "ctrl-c": "\x03", "none": "",
}

// answer runs a command on a terminal, answers its question, and asserts its
// exit code: answer no 2 kubectl-opa …. With "none" there must be no question.
// What the terminal shows is the script's stdout.
func answer(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: answer yes|no|enter|eof|ctrl-c|none CODE COMMAND ARGS...")
	}
	exitCode(ts, false, append([]string{args[1], "on-terminal", args[0]}, args[2:]...))
}

// onTerminal is a program of its own, on-terminal WORD COMMAND ARGS..., so that
// it has the script's environment and folder.
func onTerminal() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: on-terminal WORD COMMAND ARGS...")
		os.Exit(exitMute)
	}
	screen := &bytes.Buffer{}
	code, err := converse(screen, os.Args[1], os.Args[2:])
	_, _ = os.Stdout.Write(bytes.ReplaceAll(screen.Bytes(), []byte("\r\n"), []byte("\n")))
	if err != nil {
		fmt.Fprintf(os.Stderr, "on-terminal: %s: %v\n", strings.Join(os.Args[2:], " "), err)
		code = exitMute
	}
	os.Exit(code)
}

// converse runs a command as the leader of a new session, whose terminal
// answers once, and returns the command's exit code.
func converse(screen *bytes.Buffer, word string, command []string) (int, error) {
	keys, known := answers[word]
	if !known {
		return 0, fmt.Errorf("there is no answer %q", word)
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if _, err := exec.LookPath(command[0]); err != nil {
		return 0, err
	}
	// Ctrl-C makes a terminal forget what it has not shown yet, and that can be
	// what the command says about it.
	keep := []string{"-c", `stty noflsh && exec "$@"`, "sh"}
	cmd := exec.CommandContext(ctx, "sh", append(keep, command...)...)
	terminal, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 50, Cols: 160})
	if err != nil {
		return 0, err
	}
	defer terminal.Close()
	asked, err := attend(screen, terminal, keys)
	if err != nil {
		cancel()
	}
	var failed *exec.ExitError
	if ended := cmd.Wait(); ended != nil && !errors.As(ended, &failed) {
		return 0, errors.Join(err, ended)
	}
	switch {
	case err != nil:
		return 0, err
	case ctx.Err() != nil:
		return 0, fmt.Errorf("was still running after %s", patience)
	case cmd.ProcessState.ExitCode() < 0:
		return 0, fmt.Errorf("was ended by a signal: %s", cmd.ProcessState)
	case !asked && keys != "":
		return 0, errors.New("did not ask")
	}
	return cmd.ProcessState.ExitCode(), nil
}

// attend keeps what the terminal shows until nobody has it open any more, and
// types the keys after the prompt.
func attend(screen *bytes.Buffer, terminal io.ReadWriter, keys string) (asked bool, err error) {
	piece := make([]byte, 4096)
	for {
		n, err := terminal.Read(piece)
		screen.Write(piece[:n])
		if !asked && bytes.Contains(screen.Bytes(), []byte(prompt)) {
			asked = true
			if keys == "" {
				return asked, errors.New("asked a question")
			}
			if _, err := io.WriteString(terminal, keys); err != nil {
				return asked, fmt.Errorf("answering: %w", err)
			}
		}
		if err != nil {
			return asked, nil // Linux says EIO and others EOF when the command has ended
		}
	}
}
