// Package items counts what a list of the API server holds, as a stream.
package items

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Count counts the items of a list as the API server sends it. A list that
// is cut off is an error.
func Count(list io.Reader) (int, error) {
	decoder := json.NewDecoder(list)
	count, err := countItems(decoder)
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	if err == nil {
		_, err = decoder.Token()
		if errors.Is(err, io.EOF) {
			return count, nil
		}
		err = errors.New("something comes after it")
	}
	return 0, fmt.Errorf("counting the items of a list: %w", err)
}

// countItems reads one object.
func countItems(decoder *json.Decoder) (count int, err error) {
	found := false
	err = want(decoder, json.Delim('{'))
	for err == nil && decoder.More() {
		var field json.Token
		if field, err = decoder.Token(); err != nil {
			break
		}
		if field != "items" {
			var skipped json.RawMessage
			err = decoder.Decode(&skipped)
			continue
		}
		found = true
		count, err = countElements(decoder)
	}
	if err == nil {
		err = want(decoder, json.Delim('}'))
	}
	if err == nil && !found {
		err = errors.New("it has none")
	}
	return count, err
}

// countElements reads one array of objects.
func countElements(decoder *json.Decoder) (count int, err error) {
	err = want(decoder, json.Delim('['))
	for ; err == nil && decoder.More(); count++ {
		var element struct{}
		err = decoder.Decode(&element)
	}
	if err == nil {
		err = want(decoder, json.Delim(']'))
	}
	return count, err
}

func want(decoder *json.Decoder, delimiter json.Delim) error {
	token, err := decoder.Token()
	if err == nil && token != delimiter {
		err = fmt.Errorf("want %s, found %v", delimiter, token)
	}
	return err
}
