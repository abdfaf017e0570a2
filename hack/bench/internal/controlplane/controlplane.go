// Package controlplane runs a real control plane for as long as it is needed,
// by the program that "make controlplane" builds.
package controlplane

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// Program is where "make controlplane" puts the program, in the repository.
var Program = filepath.Join(".cache", "bin", "controlplane")

// stopTimeout is how long the program may take to stop before it is killed.
const stopTimeout = 30 * time.Second

// A ControlPlane is one that runs.
type ControlPlane struct {
	Kubeconfig string `json:"kubeconfig"` // path of an administrator's kubeconfig

	command *exec.Cmd
	stdin   io.Closer // the program runs until it is closed, by us or by our death
}

// Start starts a control plane, and returns when it can be used. The program
// says on stderr what it is about. The caller has to Stop the control plane.
func Start(ctx context.Context, root string, stderr io.Writer) (*ControlPlane, error) {
	c := &ControlPlane{command: exec.Command(filepath.Join(root, Program), "serve")}
	c.command.Dir = root
	c.command.Stderr = stderr
	// Ctrl-C of a terminal does not reach it: it is stopped in its turn.
	c.command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	stdin, err := c.command.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("starting the control plane: %w", err)
	}
	stdout, err := c.command.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("starting the control plane: %w", err)
	}
	if err := c.command.Start(); err != nil {
		return nil, fmt.Errorf("starting the control plane: %w: run \"make controlplane\" first", err)
	}
	c.stdin = stdin
	// Whoever interrupts the start ends the program, and with it the read below.
	forget := context.AfterFunc(ctx, func() { _ = stdin.Close() })
	defer forget()
	line, err := bufio.NewReader(stdout).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, c)
	}
	if err != nil {
		_ = c.Stop() // why it ended is on stderr already
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return nil, fmt.Errorf("starting the control plane: reading what it prints: %w", err)
	}
	return c, nil
}

// Stop ends the control plane.
func (c *ControlPlane) Stop() error {
	_ = c.stdin.Close() // closed already where the start was interrupted
	defer time.AfterFunc(stopTimeout, func() { _ = c.command.Process.Kill() }).Stop()
	if err := c.command.Wait(); err != nil {
		return fmt.Errorf("stopping the control plane: %w", err)
	}
	return nil
}

// Kubectl is the path of the kubectl that goes with the control planes.
func Kubectl(ctx context.Context, root string) (string, error) {
	command := exec.CommandContext(ctx, filepath.Join(root, Program), "build", "--print-path", "kubectl")
	command.Dir = root
	path, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("finding kubectl: %w: run \"make controlplane\" first", err)
	}
	return strings.TrimSpace(string(path)), nil
}
