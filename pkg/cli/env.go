// Package cli is what commands share with the process around them: streams,
// clock, terminal, connection flags, groups of flags, and how an error becomes
// an exit code.
package cli

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/go-logr/logr"
	"github.com/spf13/pflag"
	"golang.org/x/term"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/klog/v2"

	"github.com/kubectl-opa/kubectl-opa/pkg/kube"
	"github.com/kubectl-opa/kubectl-opa/pkg/ui"
)

// Env is the process as a command sees it.
type Env struct {
	In       io.Reader
	Out, Err io.Writer
	// Now is the clock.
	Now func() time.Time
	// LookupEnv reads an environment variable.
	LookupEnv func(string) (string, bool)
	// Connection are kubectl's connection flags.
	Connection *genericclioptions.ConfigFlags
	// GivenPlatform is the value of --platform.
	GivenPlatform Platform
	// Colour is the value of --color.
	Colour string
	// Verbosity is the value of -v.
	Verbosity int
	// Redact takes out of messages what they must not show; nil takes out
	// nothing.
	Redact func(text string) string

	client   func() (*kube.Client, error)
	observer *kube.Observer
	// served are the API groups of the cluster, once it was asked.
	served []string
}

// NewEnv is the environment of the real process.
func NewEnv() *Env {
	e := &Env{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Now: time.Now, LookupEnv: os.LookupEnv, GivenPlatform: Auto}
	e.observer = &kube.Observer{
		Now: e.Now, Warn: e.Warn,
		Trace:   e.Say,
		Tracing: func() bool { return e.Verbosity > 0 },
	}
	e.Connection = genericclioptions.NewConfigFlags(true).WithWrapConfigFn(e.observer.Wrap)
	e.client = sync.OnceValues(e.newClient)
	// client-go logs what it returns as errors once more, and bodies at high
	// levels: what there is to say, we say.
	klog.SetLogger(logr.Discard())
	return e
}

// AddFlags registers the flags that every command has.
func (e *Env) AddFlags(flags *pflag.FlagSet) {
	e.Connection.AddFlags(flags)
	flags.StringVar((*string)(&e.GivenPlatform), "platform", string(Auto), "Where policies live: kkp, gatekeeper or auto, which takes KKP where its API is served.")
	Offer(flags, "platform", string(Auto), string(OnKKP), string(OnGatekeeper))
	flags.StringVar(&e.Colour, "color", "auto", "When to use colour: auto, always or never. NO_COLOR is honoured.")
	Offer(flags, "color", "auto", "always", "never")
	flags.IntVarP(&e.Verbosity, "v", "v", 0, "With 1 or more, print each request on stderr: verb, URL, status and time.")
}

// Client returns the client of the cluster that the flags name. It is made
// once, when it is first needed.
func (e *Env) Client() (*kube.Client, error) { return e.client() }

// newClient refuses kubectl's last resort, localhost:8080, which is never what
// somebody without a kubeconfig means.
func (e *Env) newClient() (*kube.Client, error) {
	config, err := e.Connection.ToRawKubeConfigLoader().RawConfig()
	_, inCluster := e.LookupEnv("KUBERNETES_SERVICE_HOST")
	if err == nil && len(config.Clusters) == 0 && *e.Connection.APIServer == "" && !inCluster {
		return nil, kube.ErrNoKubeconfig
	}
	return kube.New(e.Connection)
}

// GivenNamespace is the value of -n; the namespace of the kubeconfig's context
// does not count.
func (e *Env) GivenNamespace() string { return *e.Connection.Namespace }

// OutTheme is the theme of stdout.
func (e *Env) OutTheme() *ui.Theme { return e.theme(e.Out) }

// ErrTheme is the theme of stderr.
func (e *Env) ErrTheme() *ui.Theme { return e.theme(e.Err) }

func (e *Env) theme(out io.Writer) *ui.Theme {
	width, terminal := terminalWidth(out)
	return ui.NewTheme(out, e.colour(terminal), width)
}

func (e *Env) colour(terminal bool) bool {
	switch e.Colour {
	case "always":
		return true
	case "never":
		return false
	}
	if value, _ := e.LookupEnv("NO_COLOR"); value != "" {
		return false
	}
	if value, _ := e.LookupEnv("TERM"); value == "dumb" {
		return false
	}
	return terminal
}

// Interactive tells whether someone can answer a question: stdin and stderr
// are terminals.
func (e *Env) Interactive() bool {
	in, ok := e.In.(*os.File)
	if !ok || !term.IsTerminal(int(in.Fd())) {
		return false
	}
	_, terminal := terminalWidth(e.Err)
	return terminal
}

func terminalWidth(out io.Writer) (width int, terminal bool) {
	file, ok := out.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return 0, false
	}
	width, _, err := term.GetSize(int(file.Fd()))
	if err != nil {
		return 0, true
	}
	return width, true
}

// Warn prints a warning on stderr.
func (e *Env) Warn(text string) { _ = ui.WriteWarning(e.Err, e.ErrTheme(), e.Redacted(text)) }

// Say prints a text on stderr as it is.
func (e *Env) Say(text string) { _, _ = fmt.Fprintln(e.Err, e.Redacted(text)) }

// Redacted is a text without what messages must not show.
func (e *Env) Redacted(text string) string {
	if e.Redact == nil {
		return text
	}
	return e.Redact(text)
}
