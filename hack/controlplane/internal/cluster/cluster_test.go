package cluster

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestStartAndStop(t *testing.T) {
	c, err := Start(t.Context(), fakePrograms(t))
	if err != nil {
		t.Fatal(err)
	}
	if c.Version != "v1.2.3" || !strings.HasPrefix(c.Server, "https://127.0.0.1:") {
		t.Errorf("the control plane is %s at %s", c.Version, c.Server)
	}
	err = filepath.WalkDir(c.Dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err == nil && entry.Type()&os.ModeSocket == 0 && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %s", path, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	processes := c.processes
	if err := c.Stop(); err != nil {
		t.Fatal(err)
	}
	if len(processes) != 3 {
		t.Errorf("the control plane had %d components", len(processes))
	}
	for _, p := range processes {
		select {
		case <-p.Done():
		default:
			t.Errorf("after Stop there still is %s", p.Log())
		}
	}
	if _, err := os.Stat(c.Dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("after Stop the work folder gives %v", err)
	}
}

func TestStartSaysWhichComponentFailed(t *testing.T) {
	broken := fakeProgram(t, "broken")
	for name, programs := range map[string]Programs{
		"etcd":                    {Etcd: broken},
		"kube-apiserver":          {Etcd: fakeProgram(t, "etcd"), APIServer: broken},
		"kube-controller-manager": {Etcd: fakeProgram(t, "etcd"), APIServer: fakeProgram(t, "kube-apiserver"), ControllerManager: broken},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := Start(t.Context(), programs)
			if name == "kube-controller-manager" && err == nil {
				// The fake kube-apiserver has what controllers make from the start, so this can be ready before it breaks.
				<-c.Done()
				err = errors.Join(c.Cause(), c.Stop())
			}
			if err == nil || !strings.Contains(err.Error(), "running "+name+": ") || !strings.Contains(err.Error(), "this component is broken") {
				t.Errorf("the error is %v", err)
			}
		})
	}
}

func TestStartTakesAnotherPort(t *testing.T) {
	taken := filepath.Join(t.TempDir(), "taken")
	t.Setenv("FAKE_TAKEN", taken)
	for name, test := range map[string]struct {
		times int
		ok    bool
	}{
		"twice":      {2, true},
		"every time": {portAttempts, false},
	} {
		t.Run(name, func(t *testing.T) {
			if err := os.WriteFile(taken, make([]byte, test.times), 0o600); err != nil {
				t.Fatal(err)
			}
			c, err := Start(t.Context(), fakePrograms(t))
			if err == nil {
				err = c.Stop()
			}
			if (err == nil) != test.ok {
				t.Errorf("with a port taken %d times: %v", test.times, err)
			}
		})
	}
}

func TestEndOfAComponentEndsTheControlPlane(t *testing.T) {
	c, err := Start(t.Context(), fakePrograms(t))
	if err != nil {
		t.Fatal(err)
	}
	c.processes[0].Kill()
	<-c.Done()
	if cause := c.Cause(); cause == nil || !strings.Contains(cause.Error(), "running etcd: ") {
		t.Errorf("the cause is %v, want one that names etcd", cause)
	}
	if err := c.Stop(); err != nil {
		t.Error(err)
	}
}

func TestStartIsGivenUpWithItsContext(t *testing.T) {
	reason := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(reason)
	c, err := Start(ctx, fakePrograms(t))
	if !errors.Is(err, reason) {
		t.Errorf("Start = %v, %v, want %v", c, err, reason)
	}
}

func TestSweepLeavesTheLiving(t *testing.T) {
	alive, err := newWorkDir()
	if err != nil {
		t.Fatal(err)
	}
	defer alive.remove()
	dead, err := newWorkDir()
	if err != nil {
		t.Fatal(err)
	}
	// What a killed process leaves: the folder, and a lock file without its lock.
	if err := syscall.Flock(int(dead.lock.Fd()), syscall.LOCK_UN); err != nil {
		t.Fatal(err)
	}
	sweep(filepath.Dir(alive.path))
	if _, err := os.Stat(alive.path); err != nil {
		t.Errorf("the folder in use: %v", err)
	}
	if _, err := os.Stat(dead.path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder left behind: %v", err)
	}
}
