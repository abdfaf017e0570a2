// Package process runs the programs of a control plane: output into a log file, no process that outlives us, and an error
// that shows the end of the log when one ends on its own.
package process

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
)

// A Process is a running program.
type Process struct {
	name string
	log  string
	cmd  *exec.Cmd
	done chan struct{}
}

// Start runs the program at path. Its output goes to <name>.log in dir, which is also its working folder.
func Start(dir, name, path string, args, env []string) (*Process, error) {
	log, err := os.OpenFile(filepath.Join(dir, name+".log"), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("starting %s: %w", name, err)
	}
	defer log.Close() // the child has its own copy

	cmd := exec.Command(path, args...)
	cmd.Dir = dir
	cmd.Env = env
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = attributes()

	p := &Process{name: name, log: log.Name(), cmd: cmd, done: make(chan struct{})}
	started := make(chan error)
	go p.run(started)
	if err := <-started; err != nil {
		return nil, fmt.Errorf("starting %s: %w", name, err)
	}
	return p, nil
}

// run starts the program and waits for it on one thread: Linux sends the parent death signal when the thread that started
// the child ends, not when the process does, so that thread has to live as long as the child.
func (p *Process) run(started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := p.cmd.Start()
	started <- err
	if err == nil {
		_ = p.cmd.Wait() // the same is in ProcessState
		close(p.done)
	}
}

// Done is closed when the program has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// Err says how the program ended, with the end of its log. It may be called when Done is closed.
func (p *Process) Err() error {
	return fmt.Errorf("running %s: it ended with %q\n%s", p.name, p.cmd.ProcessState, Tail(p.log))
}

// Log is the path of the program's log file.
func (p *Process) Log() string { return p.log }

// Kill ends the program at once and returns when it is gone. Nothing of a control plane outlives it, so there is nothing
// that a program would have to save.
func (p *Process) Kill() {
	_ = p.cmd.Process.Kill() // it fails only for a program that has ended
	<-p.done
}
