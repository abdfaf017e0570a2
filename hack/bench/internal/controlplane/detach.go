package controlplane

import (
	"os/exec"
	"syscall"
)

// detach keeps Ctrl-C of a terminal from the program: it is stopped in its turn.
func detach(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
}
