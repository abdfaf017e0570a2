package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// credential begins what an exec plugin prints; its status follows.
const credential = `{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": `

// execProgram is how a kubeconfig names an exec plugin.
func execProgram(command string) *clientcmdapi.ExecConfig {
	return &clientcmdapi.ExecConfig{
		APIVersion: "client.authentication.k8s.io/v1", Command: command, InteractiveMode: clientcmdapi.NeverExecInteractiveMode,
	}
}

// execPrinting is an exec plugin that prints the first status when it runs for the
// first time, then the next one, and the last one for good.
func execPrinting(t *testing.T, dir string, status ...string) *clientcmdapi.ExecConfig {
	t.Helper()
	for i, each := range status {
		file(t, dir, "answer"+strconv.Itoa(i+1), credential+each+"}\n")
	}
	return execProgram(shellScript(t, dir, `cd '`+dir+`'
echo run >> runs
n=$(wc -l < runs)
while [ ! -e "answer$((n))" ]; do n=$((n-1)); done
cat "answer$((n))"`))
}

// runs is how often an exec plugin ran.
func runs(t *testing.T, dir string) int {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "runs"))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Count(string(text), "\n")
}

// shellScript writes a program for the shell.
func shellScript(t *testing.T, dir, text string) string {
	t.Helper()
	path := file(t, dir, "plugin", "#!/bin/sh\n"+text+"\n")
	if err := os.Chmod(path, 0o700); err != nil { // #nosec G302 -- it is a program.
		t.Fatal(err)
	}
	return path
}

// file writes a file.
func file(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func jsonOf(t *testing.T, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
