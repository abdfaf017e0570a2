package manifest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"

	"go.yaml.in/yaml/v2"
	"k8s.io/apimachinery/pkg/util/json"
	sigsyaml "sigs.k8s.io/yaml"
)

// decodeYAML reads a document of YAML as the API server and kubectl do: YAML
// 1.1, strict about a key that stands twice. It is empty without a value.
func (t Text) decodeYAML() (value any, empty bool, err error) {
	if fields, _, ok := plainYAML(t.text); ok {
		return fields, false, nil
	}
	return t.decodeLibrary()
}

// decodeLibrary is decodeYAML by YAML's library, for all that it knows.
func (t Text) decodeLibrary() (value any, empty bool, err error) {
	decoder := yaml.NewDecoder(bytes.NewReader(t.text))
	decoder.SetStrict(true)
	var read any
	if err := decoder.Decode(&read); errors.Is(err, io.EOF) {
		return nil, true, nil
	} else if err != nil {
		return nil, false, t.diagnose(err)
	}
	// The library gives the first document of a text, and is silent about more.
	var more any
	if err := decoder.Decode(&more); !errors.Is(err, io.EOF) {
		if err == nil {
			err = errors.New(`yaml: a second document that no line "---" separates`)
		}
		return nil, false, t.diagnose(err)
	}
	if read == nil {
		return nil, true, nil
	}
	value, err = plain(read)
	if errors.Is(err, errOther) {
		// Keys that are no texts become such: 1 and "1" are one key then.
		if node := t.node(); node != nil {
			if err := t.doubled(node, 0); err != nil {
				return nil, false, err
			}
		}
		value, err = t.decodeByJSON()
	}
	if err != nil {
		err = t.diagnose(err)
	}
	return value, false, err
}

// decodeByJSON reads a document by way of JSON, as kubectl does.
func (t Text) decodeByJSON() (any, error) {
	raw, err := sigsyaml.YAMLToJSONStrict(t.text)
	if err != nil {
		return nil, err
	}
	var value any
	err = json.Unmarshal(raw, &value)
	return value, err
}

// errOther says that a value is none of those that plain knows.
var errOther = errors.New("another value")

// plain is a value of the YAML library as it is after kubectl's way through
// JSON. It is errOther for what is rare.
func plain(value any) (any, error) {
	switch value := value.(type) {
	case nil, string, bool:
		return value, nil
	case int:
		return int64(value), nil
	case int64:
		return value, nil
	case uint64:
		return float64(value), nil
	case float64:
		if math.IsInf(value, 0) || math.IsNaN(value) {
			return nil, fmt.Errorf("the number %s cannot be in JSON", strconv.FormatFloat(value, 'g', -1, 64))
		}
		if whole := int64(value); float64(whole) == value && math.Abs(value) < 1<<53 {
			return whole, nil
		} else if math.Abs(value) >= 1<<53 && math.Abs(value) < 1e21 {
			return nil, errOther
		}
		return value, nil
	case []any:
		for i, item := range value {
			item, err := plain(item)
			if err != nil {
				return nil, err
			}
			value[i] = item
		}
		return value, nil
	case map[any]any:
		fields := make(map[string]any, len(value))
		for key, field := range value {
			name, ok := key.(string)
			if !ok {
				return nil, errOther
			}
			field, err := plain(field)
			if err != nil {
				return nil, err
			}
			fields[name] = field
		}
		return fields, nil
	default:
		return nil, errOther
	}
}
