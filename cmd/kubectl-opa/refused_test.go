package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// transcript is the file, in a script's folder, that refused writes to.
const transcript = "refused.txt"

// refused runs a command that has to be refused: exit code 2, nothing on
// stdout, and behind a proxy no request that writes, not even a dry run. The
// command and its whole stderr are added to refused.txt, for cmp.
func refused(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: refused COMMAND ARGS...")
	}
	exitCode(ts, false, append([]string{"2"}, args...))
	if stdout := ts.ReadFile("stdout"); stdout != "" {
		ts.Fatalf("%s: stdout is not silent:\n%s", strings.Join(args, " "), stdout)
	}
	if traffic, scripted := ts.Value(proxyKey{}).(*traffic); scripted && traffic.server != nil {
		writes(ts, false, []string{"0", "0"})
	}
	words := make([]string, len(args))
	for i, arg := range args {
		words[i] = quote(arg)
	}
	file, err := os.OpenFile(ts.MkAbs(transcript), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	ts.Check(err)
	_, err = fmt.Fprintf(file, "$ %s\n%s", strings.Join(words, " "), ts.ReadFile("stderr"))
	ts.Check(err)
	ts.Check(file.Close())
}
