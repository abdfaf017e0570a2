package findings

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Messages counts the texts of all fields with the name "message" in a JSON
// document, wherever they are, so that a report can be compared with findings
// without knowing all of its form.
func Messages(in io.Reader) (map[string]int, error) {
	m := messages{decoder: json.NewDecoder(in), counts: map[string]int{}}
	err := m.value("")
	if err == nil {
		if _, err = m.decoder.Token(); errors.Is(err, io.EOF) {
			return m.counts, nil
		}
		err = errors.New("something comes after it")
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return nil, fmt.Errorf("reading messages: %w", err)
}

type messages struct {
	decoder *json.Decoder
	counts  map[string]int
}

// value reads what a field of a name has, or with "" what no field has.
func (m *messages) value(field string) error {
	token, err := m.decoder.Token()
	if err != nil {
		return err
	}
	if text, ok := token.(string); ok && field == "message" {
		m.counts[text]++
	}
	opened, ok := token.(json.Delim)
	if !ok {
		return nil
	}
	for m.decoder.More() {
		name := ""
		if opened == '{' {
			token, err := m.decoder.Token()
			if err != nil {
				return err
			}
			name = token.(string) // the decoder takes nothing else for a name
		}
		if err := m.value(name); err != nil {
			return err
		}
	}
	_, err = m.decoder.Token() // what closes it
	return err
}

// CompareMessages wants messages as often as findings have them.
func CompareMessages(want []Finding, got map[string]int) error {
	counts := map[string]int{}
	for _, f := range want {
		counts[f.Message]++
	}
	for _, all := range []map[string]int{counts, got} {
		for message := range all {
			if counts[message] != got[message] {
				return fmt.Errorf("comparing messages: want %q %d times, found it %d times", message, counts[message], got[message])
			}
		}
	}
	return nil
}
