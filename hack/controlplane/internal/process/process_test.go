package process

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

// childEnv has the test binary start a program by Start and hang: its value is the folder to start it in.
const childEnv = "CONTROLPLANE_TEST_PARENT"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childEnv); dir != "" {
		if _, err := Start(dir, "sh", "/bin/sh", []string{"-c", "exec 3>out; echo started >&3; read go <in; echo survived >&3"}, nil); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		select {}
	}
	os.Exit(m.Run())
}

func TestErrShowsTheEndOfTheLog(t *testing.T) {
	p, err := Start(t.TempDir(), "sh", "/bin/sh", []string{"-c", "echo first; echo last >&2; exit 3"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	<-p.Done()
	if got, want := p.Err().Error(), "running sh: it ended with \"exit status 3\"\nfirst\nlast"; got != want {
		t.Errorf("the error is %q, want %q", got, want)
	}
}

func TestStartOfNoProgram(t *testing.T) {
	_, err := Start(t.TempDir(), "etcd", "/nowhere/etcd", nil, nil)
	if err == nil || !strings.Contains(err.Error(), "starting etcd: ") {
		t.Errorf("Start = %v, want an error that names the program", err)
	}
}

func TestKill(t *testing.T) {
	dir := t.TempDir()
	p, err := Start(dir, "sh", "/bin/sh", []string{"-c", "trap '' TERM INT HUP; echo on; while :; do sleep 60; done"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	p.Kill()
	p.Kill() // of one that is gone: no harm
	select {
	case <-p.Done():
	default:
		t.Error("Kill came back before the program had ended")
	}
}

func TestLogIsPrivate(t *testing.T) {
	p, err := Start(t.TempDir(), "sh", "/bin/sh", []string{"-c", ":"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	<-p.Done()
	info, err := os.Stat(p.Log())
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the log has mode %s", info.Mode())
	}
}

// The child holds the FIFO out open, so its end tells that the child is gone; in lets it go on if it is not.
func TestChildDiesWithItsParent(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux ends a child with its parent")
	}
	dir := t.TempDir()
	for _, name := range []string{"in", "out"} {
		if err := syscall.Mkfifo(filepath.Join(dir, name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	in, err := os.OpenFile(filepath.Join(dir, "in"), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	parent := exec.Command(os.Args[0])
	parent.Env = append(os.Environ(), childEnv+"="+dir)
	parent.Stderr = os.Stderr
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	out, err := os.Open(filepath.Join(dir, "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	output := bufio.NewReader(out)
	if line, err := output.ReadString('\n'); err != nil || line != "started\n" {
		t.Fatalf("the child said %q, %v", line, err)
	}
	if err := parent.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_ = parent.Wait() // the kernel has sent the child its signal when this returns
	if _, err := in.WriteString("go\n"); err != nil {
		t.Fatal(err)
	}
	if rest, err := io.ReadAll(output); err != nil || len(rest) > 0 {
		t.Errorf("after its parent's death the child said %q, %v", rest, err)
	}
}
