package query

import (
	"context"
	"fmt"
	"net"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery"
	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery/server"
)

// newServe is "query serve".
func newServe(env *cli.Env) *cobra.Command {
	f := &serveFlags{}
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve OPA's REST API with policies that ask the Kubernetes API",
		Long: `Serve OPA's REST API on this machine, as "opa run --server" does, with the functions of the package
kubernetes.api.client at hand: POST /v1/query, /v1/data/…, /v1/compile, GET /v1/policies. They ask
the cluster of the kubeconfig with your rights, or what --from or --replay say. So policies that ask
can be tried with any client of OPA, and without a cluster of their own, a service account or a
token.

The kubeconfig has to be usable when the server starts, since somebody looks at it then; the cluster
is asked when a policy asks it. Each request is an evaluation: within it the same question is asked
once. That something is forbidden (403) is a result, and the missing rule is printed here. Every
other failure is an error of OPA's form, with status 500.

Only this machine can reach the server, unless --addr says otherwise, and then it wants a --token.
Pages in a browser are refused: by the Host and the Origin of a request, if these are foreign.
Policies and data cannot be changed, unless --allow-writes lets callers do so.

A policy reaches nothing but the Kubernetes API: http.send, net.lookup_ip_addr, opa.runtime and
schemas of other places are switched off, in queries that callers send too, and there is no
--allow-net. Time, memory and the size of requests are bounded. Where evaluations need too much
memory, all that run end with status 503, as nobody can tell whose it is. One that cannot be
stopped, such as a single call that makes a value of many gigabytes, ends the server.

Ctrl-C stops it: requests that run have 10 seconds to end. The exit code is 0 then.`,
		Example: `  # The three functions, for curl or any client of OPA
  kubectl opa query serve

  # Policies, on another port
  kubectl opa query serve -d policies/ --addr 127.0.0.1:9191

  # Without a cluster
  kubectl opa query serve -d policies/ --from manifests/

  # For other machines, with a token and HTTPS
  kubectl opa query serve --addr 0.0.0.0:8181 --token token.txt --tls-cert tls.crt --tls-key tls.key`,
		Args: cli.Args(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			o, err := f.toOptions(env)
			if err != nil {
				return err
			}
			o.Started = func(at net.Addr, policies []string) { f.started(env, o, at, policies) }
			o.Draining = func(requests int) {
				if requests > 0 {
					env.Say(fmt.Sprintf("stopping: %d requests have 10 seconds to end", requests))
				}
			}
			if err := o.Run(cmd.Context()); err != nil {
				return err
			}
			env.Say("stopped")
			return nil
		},
	}
	f.add(cmd)
	return cmd
}

// ServeOptions are what a server needs.
type ServeOptions struct {
	server.Options
	// Cluster is asked by several goroutines.
	Cluster kubequery.Cluster
	// Started is called once, when requests can come: with the address and the
	// names of the policies.
	Started func(at net.Addr, policies []string)
}

// Run serves until the context ends.
func (o ServeOptions) Run(ctx context.Context) error {
	s, err := server.New(ctx, o.Cluster, o.Options)
	if err != nil {
		return err
	}
	listener, err := o.Listen()
	if err != nil {
		return err
	}
	o.Started(listener.Addr(), s.Policies())
	return s.Serve(ctx, listener)
}

// started says where the server is, what it has, and how to ask it.
func (f *serveFlags) started(env *cli.Env, o ServeOptions, at net.Addr, policies []string) {
	url := o.Scheme() + "://" + reachable(at)
	if !o.Address.Loopback() && o.Certificate == nil {
		env.Warn("the token and all answers can be read on their way: give --tls-cert and --tls-key")
	}
	env.Say("serving on " + url + "; Ctrl-C stops it")
	loaded := "no policies are loaded; -d loads some"
	if len(policies) > 0 {
		loaded = "policies: " + strings.Join(policies, ", ")
	}
	env.Say(loaded)
	flags := ""
	if f.door.cert != "" {
		flags += " --cacert " + f.door.cert
	}
	if f.door.token != "" {
		flags += ` -H "Authorization: Bearer $(cat ` + f.door.token + `)"`
	}
	env.Say(`try: curl -s ` + url + `/v1/query` + flags + ` -d '{"query": "x := data.kubernetes.api.client.query_all(\"deployments\").body"}'`)
}

// reachable is an address that this machine can reach: where the server listens
// on all of its addresses, localhost.
func reachable(at net.Addr) string {
	if tcp, ok := at.(*net.TCPAddr); ok && tcp.IP.IsUnspecified() {
		return fmt.Sprintf("localhost:%d", tcp.Port)
	}
	return at.String()
}
