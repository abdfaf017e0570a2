package process

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"
)

// endless feeds lines until it cannot.
func endless(t *testing.T) func(io.Writer) error {
	return func(out io.Writer) error {
		for {
			if _, err := io.WriteString(out, strings.Repeat("x", 4095)+"\n"); err != nil {
				t.Log("the feed ends:", err)
				return err
			}
		}
	}
}

func TestFirst(t *testing.T) {
	for name, tc := range map[string]struct {
		script string
		feed   func(io.Writer) error
	}{
		"reads all there is":   {"while read line; do echo; echo found it; done", endless(t)},
		"reads no more":        {"read line; echo found it; while :; do sleep 60; done", endless(t)},
		"reads nothing":        {"echo found it; while :; do sleep 60; done", nil},
		"has ended by itself":  {"echo found it", endless(t)},
		"gets what is written": {"grep found", func(out io.Writer) error { _, err := io.WriteString(out, "lost\nfound it\n"); return err }},
	} {
		t.Run(name, func(t *testing.T) {
			began := time.Now()
			took, err := First(t.Context(), shell(tc.script), tc.feed, "found")
			if err != nil || took <= 0 || took > time.Since(began) {
				t.Errorf("it took %v, %v", took, err)
			}
		})
	}
}

func TestFirstFails(t *testing.T) {
	for want, command := range map[string]Command{
		"measuring sh: waiting for a line with \"found\": EOF\nexit status 3\nno list": shell("echo lost; echo no list >&2; exit 3"),
		"measuring nil: fork/exec /nil: no such file or directory":                     {Args: []string{"/nil"}},
	} {
		if took, err := First(t.Context(), command, endless(t), "found"); err == nil || err.Error() != want || took != 0 {
			t.Errorf("want %q, found %v, %v", want, err, took)
		}
	}
}

func TestFirstEnds(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	enough := errors.New("enough")
	took, err := First(ctx, shell("cat >/dev/null; sleep 60"), func(out io.Writer) error {
		cancel(enough)
		return endless(t)(out)
	}, "found")
	if !errors.Is(err, enough) || took != 0 {
		t.Errorf("want %v, found %v, %v", enough, err, took)
	}
}
