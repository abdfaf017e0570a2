package main

import (
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"strings"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/testscript"
)

// showCommand runs a command like exec does. In a demo it is printed as a user
// would type it, with what it prints; in a test only the assertions speak.
func showCommand(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) == 0 {
		ts.Fatalf("usage: show COMMAND ARGS...")
	}
	err := ts.Exec(args[0], args[1:]...)
	if *demo {
		words := make([]string, len(args))
		for i, arg := range args {
			words[i] = quote(arg)
		}
		fmt.Printf("$ %s\n%s%s", strings.Join(words, " "), ts.ReadFile("stdout"), ts.ReadFile("stderr"))
	}
	if (err != nil) != neg {
		ts.Fatalf("%s: %v\n%s%s", strings.Join(args, " "), err, ts.ReadFile("stdout"), ts.ReadFile("stderr"))
	}
}

func quote(word string) string {
	if word == "" || strings.ContainsAny(word, " \"'$[]{}()|&;<>*?\\") {
		return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
	}
	return word
}

// say prints a line between the commands of a demo.
func say(_ *testscript.TestScript, _ bool, args []string) {
	if *demo {
		fmt.Println(strings.Join(args, " "))
	}
}

// cmpOpen compares a file whose text has no line break in the end with one of the
// script, which always has: cmpopen stdout want.json.
func cmpOpen(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: cmpopen GOT WANT")
	}
	if diff := cmp.Diff(ts.ReadFile(args[1]), ts.ReadFile(args[0])+"\n"); diff != "" {
		ts.Fatalf("%s is not %s without its last line break:\n%s", args[0], args[1], diff)
	}
}

// exitCode runs a command and asserts its exit code: exit 2 kubectl-opa ….
func exitCode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exit CODE COMMAND ARGS...")
	}
	want, err := strconv.Atoi(args[0])
	if err != nil {
		ts.Fatalf("reading the exit code: %v", err)
	}
	got := 0
	err = ts.Exec(args[1], args[2:]...)
	var failed *exec.ExitError
	switch {
	case errors.As(err, &failed):
		got = failed.ExitCode()
	case err != nil:
		ts.Fatalf("%s: %v", args[1], err)
	}
	if got != want {
		ts.Fatalf("%s: exit code %d, want %d\n%s", strings.Join(args[1:], " "), got, want,
			fmt.Sprint(ts.ReadFile("stdout"), ts.ReadFile("stderr")))
	}
}
