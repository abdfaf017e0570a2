// Package redact keeps the values of Secrets out of what people and files get to
// see.
package redact

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"sync"
)

const (
	// shortestSecret is the size of the shortest value that is looked for in
	// texts, in bytes: shorter ones stand everywhere by accident.
	shortestSecret = 4
	// tellingSecret is the size, in bytes, from which a value stands nowhere by
	// accident.
	tellingSecret = 16
)

// Redactor keeps the values of Secrets out of texts. It learns the values that
// this process gets to see, and puts Mark in their place: the value as it
// is, in base64, and both as they look in URLs, selectors, JSON and quotes,
// also where a message cuts them off with "…". Not looked for are values of less than 4
// bytes, "true", "false" and "null", and what is also the name or the namespace
// of a Secret. What a policy makes of a value (a part, a hash) is not known.
//
// A nil Redactor knows no values. Several goroutines may use one.
type Redactor struct {
	mu     sync.Mutex
	values map[string]bool
	// open are names and namespaces: no secrets, whatever some value says.
	open map[string]bool
	// spellings finds the values in texts. It is made when it is needed, and nil
	// when something was learned since.
	spellings *spellings
}

// NewRedactor returns a Redactor that knows no values yet.
func NewRedactor() *Redactor {
	return &Redactor{values: map[string]bool{}, open: map[string]bool{}}
}

// Learn takes the values of a Secret, as decoded from JSON. The Secret is not
// changed.
func (r *Redactor) Learn(secret map[string]any) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.learn(secret)
	r.spellings = nil
}

func (r *Redactor) learn(secret map[string]any) {
	metadata, _ := secret["metadata"].(map[string]any)
	for _, key := range []string{"name", "namespace"} {
		if text, ok := metadata[key].(string); ok {
			r.open[text] = true
		}
	}
	eachValue(secret, func(field secretField, value any) any {
		text, ok := value.(string)
		if !ok {
			return value
		}
		switch field {
		case inData:
			r.learnEncoded(text)
		case inStringData:
			r.learnValue(text)
		case inAnnotation:
			r.learnValue(text)
			// It can be older than the Secret, and have other values.
			var applied map[string]any
			if json.Unmarshal([]byte(text), &applied) == nil {
				r.learn(applied)
			}
		}
		return value
	})
}

// learnEncoded takes a value in base64. One that is not written as the API
// server would write it counts as a value of its own, too.
func (r *Redactor) learnEncoded(text string) {
	value, err := base64.StdEncoding.DecodeString(text)
	if err == nil {
		r.learnValue(string(value))
	}
	if err != nil || base64.StdEncoding.EncodeToString(value) != text {
		r.learnValue(text)
	}
}

func (r *Redactor) learnValue(value string) {
	switch value {
	case "true", "false", "null", Mark:
		return
	}
	if len(value) >= shortestSecret {
		r.values[value] = true
	}
}

// Text returns a text with Mark in the place of each value.
func (r *Redactor) Text(text string) string {
	if r == nil || len(text) < shortestSecret {
		return text
	}
	spans := r.find().find(text, nil)
	if len(spans) == 0 {
		return text
	}
	var out strings.Builder
	end := 0
	for _, span := range spans {
		out.WriteString(text[end:span.start])
		out.WriteString(Mark)
		end = span.end
	}
	out.WriteString(text[end:])
	return out.String()
}

// Answering returns what keeps values out of the answer to a question: of the
// values that are known by now those that the texts of the question hold, as an
// answer repeats them, and those of at least 16 bytes. Shorter ones, such as a
// user "admin" or a port, stand in many objects by accident, and an answer
// without them would be another one. It is nil where there is nothing to do.
func (r *Redactor) Answering(texts ...string) func(text string) string {
	if r == nil {
		return nil
	}
	all := r.find()
	if len(all.values) == 0 {
		return nil
	}
	telling, repeated := all.telling(), NewRedactor()
	for _, text := range texts {
		all.find(text, func(value string) { repeated.values[value] = true })
	}
	if len(repeated.values) == 0 {
		return telling.Text
	}
	return func(text string) string { return repeated.Text(telling.Text(text)) }
}

// find returns what finds the values that are known by now.
func (r *Redactor) find() *spellings {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.spellings == nil {
		secret := map[string]bool{}
		for value := range r.values {
			if !r.open[value] {
				secret[value] = true
			}
		}
		r.spellings = newSpellings(secret)
	}
	return r.spellings
}
