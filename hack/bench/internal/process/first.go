package process

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// First runs a program until it prints a line with a text, ends it, and returns
// how long it took from its start to the end of that line. Feed writes what the
// program reads from stdin, until it gets an error; nil is for nothing.
func First(ctx context.Context, c Command, feed func(io.Writer) error, text string) (time.Duration, error) {
	took, err := first(ctx, c, feed, text)
	if err != nil {
		return 0, fmt.Errorf("measuring %s: %w", filepath.Base(c.Args[0]), err)
	}
	return took, nil
}

func first(ctx context.Context, c Command, feed func(io.Writer) error, text string) (took time.Duration, err error) {
	command := exec.CommandContext(ctx, c.Args[0], c.Args[1:]...)
	endTogether(command)
	var stderr bytes.Buffer
	command.Env, command.Stderr = c.Env, &stderr
	stdout, err := command.StdoutPipe()
	if err != nil {
		return 0, err
	}
	if feed != nil {
		stop, err := feedTo(command, feed)
		if err != nil {
			return 0, err
		}
		defer stop()
	}
	began := time.Now()
	if err := command.Start(); err != nil {
		return 0, cmp.Or(context.Cause(ctx), err)
	}
	err = readUntil(stdout, text)
	took = time.Since(began)
	if err == nil {
		_ = command.Cancel() // it may have ended by itself
	}
	ended := command.Wait()
	switch {
	case ctx.Err() != nil:
		return 0, context.Cause(ctx)
	case err != nil:
		return 0, fmt.Errorf("%w\n%s", errors.Join(err, ended), strings.TrimSpace(stderr.String()))
	}
	return took, nil
}

// feedTo makes the stdin of a command that is not started yet. The function that
// it returns is to be called when the command has ended, or has not started.
func feedTo(command *exec.Cmd, feed func(io.Writer) error) (stop func(), err error) {
	input, output, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	command.Stdin = input
	ended := make(chan struct{})
	go func() {
		_ = feed(output) // it is to end by an error, as the program does not read all
		_ = output.Close()
		close(ended)
	}()
	return func() {
		_ = input.Close() // nobody is left who reads: writing fails
		<-ended
	}, nil
}

// readUntil reads lines up to one with a text.
func readUntil(lines io.Reader, text string) error {
	reader := bufio.NewReader(lines)
	for {
		line, err := reader.ReadString('\n')
		if err != nil {
			return fmt.Errorf("waiting for a line with %q: %w", text, err)
		}
		if strings.Contains(line, text) {
			return nil
		}
	}
}
