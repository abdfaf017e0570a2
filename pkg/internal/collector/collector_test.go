package collector

import (
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
)

// percent is how much the heap may grow, by now.
func percent() int {
	now := debug.SetGCPercent(usual)
	debug.SetGCPercent(now)
	return now
}

// TestMain is also the process that is looked at.
func TestMain(m *testing.M) {
	switch os.Getenv("LOOK") {
	case "":
		os.Exit(m.Run())
	case "hurry":
		Hurry()
	case "collected":
		runtime.GC()
		// What is cleaned up is cleaned up in a goroutine.
		for percent() == early {
			runtime.Gosched()
		}
	}
	println(percent())
}

// TestPercent wants the collector to wait at first, to be as usual after the
// first collection, and a GOGC that was given to stay.
func TestPercent(t *testing.T) {
	for name, tc := range map[string]struct{ look, gogc, want string }{
		"early":            {"early", "", "400"},
		"collected":        {"collected", "", "100"},
		"hurry":            {"hurry", "", "200"},
		"given":            {"early", "50", "50"},
		"given, in hurry":  {"hurry", "50", "50"},
		"given, collected": {"collected", "50", "50"},
	} {
		t.Run(name, func(t *testing.T) {
			command := exec.Command(os.Args[0])
			command.Env = append(os.Environ(), "LOOK="+tc.look, "GOGC="+tc.gogc)
			out, err := command.CombinedOutput()
			if err != nil || strings.TrimSpace(string(out)) != tc.want {
				t.Errorf("%q, %v", out, err)
			}
		})
	}
}
