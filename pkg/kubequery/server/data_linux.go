package server

import "syscall"

// boundData has the system refuse this process more than so many bytes of its
// own. The returned function takes that back. Where it cannot be set, the other
// bounds have to do.
func boundData(most uint64) func() {
	var before syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_DATA, &before) != nil || before.Cur <= most {
		return func() {}
	}
	if syscall.Setrlimit(syscall.RLIMIT_DATA, &syscall.Rlimit{Cur: most, Max: before.Max}) != nil {
		return func() {}
	}
	return func() { _ = syscall.Setrlimit(syscall.RLIMIT_DATA, &before) }
}
