package query

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/pflag"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery"
	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery/cassette"
	"github.com/kubectl-opa/kubectl-opa/pkg/redact"
)

// tape are the flags that record what a run asks, or play it back, and what
// comes of them in one run.
type tape struct {
	record, replay string
	secrets        bool
	set            *pflag.FlagSet

	recorder *cassette.Recorder
	warn     func(text string)
	told     map[string]bool
}

func (t *tape) add(set *pflag.FlagSet) {
	t.addReplay(set)
	set.StringVar(&t.record, "record", "", "Write all that is asked, with the answers, into this file, for --replay. Values of Secrets are <redacted>.")
	set.BoolVar(&t.secrets, "record-secrets", false, "With --record, write the values of Secrets as well.")
}

// addReplay registers the one flag of those that a command has which runs on.
func (t *tape) addReplay(set *pflag.FlagSet) {
	t.set = set
	set.StringVar(&t.replay, "replay", "", "Answer from this file, which --record wrote, and ask no cluster.")
}

// wrap returns the cluster to ask: the given one, watched for values of Secrets
// that no message may show, and perhaps recorded, or a recording instead of it.
func (t *tape) wrap(env *cli.Env, cluster kubequery.Cluster) (kubequery.Cluster, error) {
	if err := t.check(); err != nil {
		return nil, err
	}
	redactor := redact.NewRedactor()
	env.Redact = redactor.Text
	t.warn = env.Warn
	switch {
	case t.replay != "":
		recording, err := cassette.Load(t.replay)
		if err != nil {
			return nil, err
		}
		if t.given(showManagedFields) && !recording.ManagedFields {
			return nil, advice.Errorf("record again with --"+showManagedFields, "%s was recorded without metadata.managedFields", t.replay)
		}
		cluster = recording.Player()
	case t.record != "":
		t.recorder = cassette.NewRecorder(cluster, cassette.Options{
			Secrets: t.secrets, ManagedFields: t.given(showManagedFields), Redactor: redactor,
		})
		cluster = t.recorder
	}
	return kubequery.Watch(cluster, redactor), nil
}

func (t *tape) check() error {
	switch {
	case t.record != "" && t.replay != "":
		return advice.Errorf("leave one of them out: a replay asks nothing new that could be recorded",
			"--record and --replay exclude each other")
	case t.replay != "" && t.set.Changed("from"):
		return advice.Errorf("leave one of them out: both answer instead of a cluster", "--from and --replay exclude each other")
	case t.secrets && t.record == "":
		return advice.Errorf("give --record FILE too", "--record-secrets says what --record writes, and there is no --record")
	case t.record != "":
		return checkTarget(t.record)
	}
	return nil
}

// given tells whether a flag switches something on.
func (t *tape) given(name string) bool {
	on, err := t.set.GetBool(name)
	return err == nil && on
}

// checkTarget finds out early that a file cannot be written.
func checkTarget(path string) error {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return advice.Errorf("name a file", "--record %s: this is no regular file", path)
	}
	if _, err := os.Stat(filepath.Dir(path)); err != nil {
		return fmt.Errorf("--record %s: %w", path, err)
	}
	return nil
}

// notify tells of redacted values once, however many evaluations read them.
func (t *tape) notify(next func(kubequery.Event)) func(kubequery.Event) {
	t.told = map[string]bool{}
	return func(event kubequery.Event) {
		if _, ok := event.(kubequery.Redacted); ok {
			if t.told[event.String()] {
				return
			}
			t.told[event.String()] = true
		}
		next(event)
	}
}

// keep writes the recording, after a run that ended with that error. A run that
// failed leaves the file as it was, unless it failed by an answer: this can be
// replayed too. It is said that the file is as it was.
func (t *tape) keep(run error) error {
	if t.recorder == nil {
		return nil
	}
	recording, err := t.recorder.Cassette()
	switch {
	case err == nil && (run == nil || failedByAnswer(run) && !recording.Empty()):
		return recording.Save(t.record)
	case run == nil:
		return err
	}
	t.warn(t.record + " is not written, as the run failed")
	return nil
}

// failedByAnswer tells a run that failed from one that was stopped.
func failedByAnswer(run error) bool {
	return !errors.Is(run, context.Canceled) && !errors.Is(run, context.DeadlineExceeded)
}
