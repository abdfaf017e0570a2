//go:build !linux

package process

import "syscall"

// attributes puts a child into a process group of its own, so that Ctrl-C in a terminal reaches us alone and we decide the
// order in which things stop. Only Linux can tie a child's life to ours.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}
