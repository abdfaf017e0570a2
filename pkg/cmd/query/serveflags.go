package query

import (
	"crypto/tls"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery"
	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery/server"
)

// serveFlags say what is served, where, to whom, and what it may cost.
type serveFlags struct {
	policies
	managedFields bool
	source        source
	tape          tape
	door          door
	allowWrites   bool
	bounds        bounds
}

func (f *serveFlags) add(cmd *cobra.Command) {
	set := cmd.Flags()
	f.policies.add(set)
	set.BoolVar(&f.managedFields, showManagedFields, false, "Give policies metadata.managedFields too, which are left out else.")
	set.BoolVar(&f.allowWrites, "allow-writes", false, "Let callers change policies and data (PUT, PATCH, DELETE), in the memory of the server.")
	f.source.add(cmd)
	f.tape.addReplay(set)
	f.door.add(set)
	f.bounds.add(set)
}

func (f *serveFlags) toOptions(env *cli.Env) (ServeOptions, error) {
	o := server.Options{AllowWrites: f.allowWrites, Warn: env.Warn}
	if err := f.bounds.to(&o.Limits); err != nil {
		return ServeOptions{}, err
	}
	if err := f.door.to(&o); err != nil {
		return ServeOptions{}, err
	}
	cluster, err := f.cluster(env)
	if err != nil {
		return ServeOptions{}, err
	}
	o.Options = f.options(env)
	o.ManagedFields, o.Redact = f.managedFields, env.Redacted
	o.Notify = f.tape.notify(o.Notify)
	return ServeOptions{Options: o, Cluster: cluster}, nil
}

// cluster is whom policies ask. Unless something else answers, there has to be a
// usable kubeconfig from the start: who starts a server looks at it then, and not
// when the first request comes.
func (f *serveFlags) cluster(env *cli.Env) (kubequery.Cluster, error) {
	if len(f.source.from) == 0 && f.tape.replay == "" {
		if _, err := env.Client(); err != nil {
			return nil, err
		}
	}
	cluster, err := f.source.cluster(env)
	if err != nil {
		return nil, err
	}
	return f.tape.wrap(env, cluster)
}

// door are the flags about who comes in.
type door struct {
	addr, token, cert, key string
}

func (d *door) add(set *pflag.FlagSet) {
	set.StringVar(&d.addr, "addr", "127.0.0.1:8181", "Where to listen, an IP address or localhost and a port; port 0 is any that is free.")
	set.StringVar(&d.token, "token", "",
		"A `file` with the token that callers send as \"Authorization: Bearer TOKEN\"; nobody else may be able to read it. Needed for an --addr that other machines can reach. The API server's token comes from the kubeconfig.")
	set.StringVar(&d.cert, "tls-cert", "", "A `file` with the certificate chain for HTTPS, with --tls-key.")
	set.StringVar(&d.key, "tls-key", "", "A `file` with the private key for HTTPS, with --tls-cert.")
}

func (d *door) to(o *server.Options) error {
	var err error
	if o.Address, err = server.ParseAddress(d.addr); err != nil {
		return fmt.Errorf("reading --addr: %w", err)
	}
	if d.token != "" {
		if o.Token, err = server.ReadToken(d.token); err != nil {
			return err
		}
	}
	if (d.cert == "") != (d.key == "") {
		return advice.Errorf("give both", "--tls-cert and --tls-key need each other")
	}
	if d.cert != "" {
		certificate, err := tls.LoadX509KeyPair(d.cert, d.key)
		if err != nil {
			return fmt.Errorf("reading --tls-cert and --tls-key: %w", err)
		}
		o.Certificate = &certificate
	}
	return nil
}

// bounds are the flags about what a request may cost.
type bounds struct {
	timeout             time.Duration
	maxRequest, maxHeap string
}

func (b *bounds) add(set *pflag.FlagSet) {
	limits := server.DefaultLimits
	set.DurationVar(&b.timeout, "timeout", limits.Time, "How long one request may take.")
	set.StringVar(&b.maxRequest, "max-request", server.Size(limits.Request), "How many bytes the body of a request may have, unpacked too.")
	set.StringVar(&b.maxHeap, "max-memory", server.Size(limits.Memory), "How many bytes of memory all evaluations may need together; beyond, they end with an error.")
}

func (b *bounds) to(limits *server.Limits) error {
	*limits = server.DefaultLimits
	if b.timeout <= 0 {
		return advice.Errorf("give a duration, such as 30s", "--timeout %s leaves no time", b.timeout)
	}
	limits.Time = b.timeout
	var err error
	if limits.Request, err = size("max-request", b.maxRequest); err != nil {
		return err
	}
	limits.Memory, err = size("max-memory", b.maxHeap)
	return err
}

// size is a flag's number of bytes, as Kubernetes writes it.
func size(flag, text string) (int64, error) {
	quantity, err := resource.ParseQuantity(text)
	if err != nil || quantity.Sign() <= 0 || quantity.Value() <= 0 || quantity.Value() > largest {
		return 0, advice.Errorf("give a number of bytes, such as 512Mi", "--%s %s is no size", flag, advice.Quote(text))
	}
	return quantity.Value(), nil
}

// largest is the largest size that makes sense: sizes can still be doubled.
const largest = 1 << 60
