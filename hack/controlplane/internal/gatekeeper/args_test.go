package gatekeeper

import (
	"net"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestArgs(t *testing.T) {
	webhook, audit := webhookArgs("/tmp/x", 1001, 1002), auditArgs("/tmp/x", 1003, 5*time.Second)
	for _, want := range []struct {
		args []string
		has  string
	}{
		{webhook, "--operation=webhook"},
		{webhook, "--host=127.0.0.1"},
		{webhook, "--port=1002"},
		{webhook, "--health-addr=127.0.0.1:1001"},
		{webhook, "--metrics-backend=opentelemetry"},
		{webhook, "--exempt-namespace=gatekeeper-system"},
		{audit, "--health-addr=127.0.0.1:1003"},
		{audit, "--metrics-backend=opentelemetry"},
		{audit, "--audit-interval=5"},
		{audit, "--api-cache-dir=/tmp/x/gatekeeper-audit"},
		{audit, "--default-create-vap-for-templates=false"},
	} {
		if !slices.Contains(want.args, want.has) {
			t.Errorf("%q lacks %s", want.args, want.has)
		}
	}
	// An operation that two processes have is done twice.
	for operation, want := range map[string][2]bool{"webhook": {true, false}, "audit": {false, true}, "status": {false, true}, "generate": {false, true}} {
		arg := "--operation=" + operation
		if got := [2]bool{slices.Contains(webhook, arg), slices.Contains(audit, arg)}; got != want {
			t.Errorf("%s is with webhook, audit: %v, want %v", operation, got, want)
		}
	}
	address := regexp.MustCompile(`\b\d+\.\d+\.\d+\.\d+\b`)
	for _, arg := range append(webhook, audit...) {
		if found := address.FindString(arg); found != "" && !net.ParseIP(found).IsLoopback() {
			t.Errorf("%s is about another address than loopback", arg)
		}
	}
}

func TestServersAgreeWithTheirPorts(t *testing.T) {
	var chosen int
	options := Options{Program: "/bin/gatekeeper", AuditInterval: time.Second}
	webhook, audit := webhookServer("/tmp/x", options, &chosen), auditServer("/tmp/x", options)
	args, err := webhook.Args([]int{1001, 1002})
	if err != nil || webhook.Ports != 2 || chosen != 1002 || !slices.Contains(args, "--port=1002") {
		t.Errorf("the webhook takes %d ports and is told %q (%v); the API server is told %d", webhook.Ports, args, err, chosen)
	}
	if args, err := audit.Args([]int{1003}); err != nil || audit.Ports != 1 || !slices.Contains(args, "--health-addr=127.0.0.1:1003") {
		t.Errorf("audit takes %d ports and is told %q (%v)", audit.Ports, args, err)
	}
	// Each has to find its own Pod.
	for _, server := range []struct{ name, env string }{
		{webhook.Name, strings.Join(webhook.Env, " ")},
		{audit.Name, strings.Join(audit.Env, " ")},
	} {
		if !strings.Contains(server.env, "POD_NAME="+server.name+" POD_NAMESPACE=gatekeeper-system") {
			t.Errorf("%s has the environment %s", server.name, server.env)
		}
	}
}
