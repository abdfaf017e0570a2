package suite

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// CountItems counts the items of a list as the API server sends it.
func CountItems(list io.Reader) (int, error) {
	decoder := json.NewDecoder(list)
	if err := skipTo(decoder, "items"); err != nil {
		return 0, fmt.Errorf("counting the items of a list: %w", err)
	}
	count := 0
	for decoder.More() {
		var item struct{}
		if err := decoder.Decode(&item); err != nil {
			return 0, fmt.Errorf("counting the items of a list: %w", err)
		}
		count++
	}
	return count, end(decoder)
}

// skipTo reads an object up to the first element of the array of a field.
func skipTo(decoder *json.Decoder, field string) error {
	if err := want(decoder, json.Delim('{')); err != nil {
		return err
	}
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return err
		}
		if name == field {
			return want(decoder, json.Delim('['))
		}
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return err
		}
	}
	return errors.New("it has none")
}

// end wants the list to be whole.
func end(decoder *json.Decoder) error {
	for {
		if _, err := decoder.Token(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("reading the end of a list: %w", err)
		}
	}
}

func want(decoder *json.Decoder, delimiter json.Delim) error {
	token, err := decoder.Token()
	if err == nil && token != delimiter {
		err = fmt.Errorf("want %s, found %v", delimiter, token)
	}
	return err
}
