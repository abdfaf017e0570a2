package process

import "syscall"

// attributes puts a child into a process group of its own, so that Ctrl-C in a terminal reaches us alone and we decide the
// order in which things stop; and has the kernel kill it when we die, even by SIGKILL.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
