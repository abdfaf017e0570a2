package cluster

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

const (
	dirPrefix = "kubectl-opa-controlplane-"
	// lockFile is held for as long as a control plane uses its folder.
	lockFile = "lock"
	// memoryRoom is what must be free in /dev/shm: etcd writes 128 MB of log files at once, and 100,000 Pods take a gigabyte.
	memoryRoom = 2 << 30
	// socketPathLimit is what fits into a socket address on every system.
	socketPathLimit = 103
)

// A workDir is a control plane's folder: certificates, kubeconfig, etcd's data and socket, logs. Only the user can enter it.
type workDir struct {
	path string
	lock *os.File
}

// newWorkDir makes a work folder in memory where there is room, else with the other temporary files. It removes the
// folders of control planes that were killed before they could.
func newWorkDir() (*workDir, error) {
	parent := os.TempDir()
	if inMemory("/dev/shm") {
		parent = "/dev/shm"
	}
	sweep(parent)
	path, err := os.MkdirTemp(parent, dirPrefix)
	if err != nil {
		return nil, fmt.Errorf("making the work folder: %w", err)
	}
	d := &workDir{path: path}
	err = d.hold()
	if err == nil && len(d.file(etcdSocket)) > socketPathLimit {
		err = fmt.Errorf("%s is too long for a socket: set TMPDIR to a shorter path", d.file(etcdSocket))
	}
	if err != nil {
		return nil, fmt.Errorf("making the work folder: %w", errors.Join(err, d.remove()))
	}
	return d, nil
}

// hold locks the lock file before it gets its name, so that no sweep ever finds it unlocked while this process lives.
func (d *workDir) hold() error {
	unnamed := d.file(lockFile + ".new")
	file, err := os.OpenFile(unnamed, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	d.lock = file
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return err
	}
	return os.Rename(unnamed, d.file(lockFile))
}

func (d *workDir) file(name string) string { return filepath.Join(d.path, name) }

func (d *workDir) write(name string, content []byte) error {
	return os.WriteFile(d.file(name), content, 0o600)
}

func (d *workDir) remove() error {
	err := os.RemoveAll(d.path)
	if d.lock != nil {
		err = errors.Join(err, d.lock.Close())
	}
	return err
}

// inMemory says whether dir is there, is ours to write, and has room.
func inMemory(dir string) bool {
	var stat syscall.Statfs_t
	if err := syscall.Statfs(dir, &stat); err != nil || stat.Bavail*uint64(stat.Bsize) < memoryRoom {
		return false
	}
	probe, err := os.CreateTemp(dir, dirPrefix)
	if err != nil {
		return false
	}
	probe.Close()
	return os.Remove(probe.Name()) == nil
}

// sweep removes the work folders in parent whose lock nobody holds. What it cannot remove (another user's) it leaves.
func sweep(parent string) {
	locks, _ := filepath.Glob(filepath.Join(parent, dirPrefix+"*", lockFile))
	for _, path := range locks {
		file, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			continue
		}
		if syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
			_ = os.RemoveAll(filepath.Dir(path))
		}
		file.Close()
	}
}
