package cassette

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/redact"
)

// redact takes values of Secrets out of all that a policy may have put them
// into: words, questions, and what repeats these. A policy that puts the
// redacted value there asks the same question in a replay.
func (c *Cassette) redact(redactor *redact.Redactor) {
	for i := range c.words {
		c.words[i].Word = redactor.Text(c.words[i].Word)
	}
	for i := range c.answers {
		a := &c.answers[i]
		texts := []string{}
		for _, part := range a.Question.parts() {
			texts = append(texts, *part)
			*part = redactor.Text(*part)
		}
		without := redactor.Answering(texts...)
		if without == nil {
			continue
		}
		a.body = redactStrings(a.body, without)
		if a.Text != nil {
			text := without(*a.Text)
			a.Text = &text
		}
	}
}

// sort brings the cassette into its order, and leaves out what is there twice:
// questions that differ in values of Secrets only are the same without these.
func (c *Cassette) sort() error {
	slices.SortStableFunc(c.words, compareWords)
	slices.SortStableFunc(c.answers, compareAnswers)
	for i := 1; i < len(c.words); i++ {
		if a, b := c.words[i-1], c.words[i]; a.Word == b.Word && !reflect.DeepEqual(a, b) {
			return sameWithoutSecrets("which resource " + advice.Quote(a.Word) + " is")
		}
	}
	for i := 1; i < len(c.answers); i++ {
		if a, b := c.answers[i-1], c.answers[i]; a.Question == b.Question && !reflect.DeepEqual(a, b) {
			return sameWithoutSecrets(a.Question.String())
		}
	}
	c.words = slices.CompactFunc(c.words, func(a, b word) bool { return a.Word == b.Word })
	c.answers = slices.CompactFunc(c.answers, func(a, b answer) bool { return a.Question == b.Question })
	return nil
}

func sameWithoutSecrets(what string) error {
	return advice.Wrap(fmt.Errorf("recording: %s: asked with several values of Secrets, and answered differently", what),
		"record with --record-secrets, and keep the file to yourself")
}
