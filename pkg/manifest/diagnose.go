package manifest

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// diagnose is the error for a text that a library refused, with its place.
func (t Text) diagnose(err error) error {
	if at, what := t.badByte(); what != "" {
		return fmt.Errorf("%s: %w: %s", t.position(at), ErrSyntax, what)
	}
	var root yaml.Node
	if located := yaml.Unmarshal(t.text, &root); located != nil {
		err = located
	} else if again := t.doubled(&root, 0); again != nil {
		return again
	}
	position, message := relocate(t.name, t.line-1, err)
	if position.Line == 0 {
		position.Line = t.firstLine()
		message += ", in the document that begins here"
	}
	return fmt.Errorf("%s: %w: %s", position, ErrSyntax, message)
}

// badByte finds the first byte that no text may have.
func (j jsonText) badByte() (at int, what string) {
	for at := 0; at < len(j.text); {
		letter, size := utf8.DecodeRune(j.text[at:])
		switch {
		case letter == utf8.RuneError && size == 1:
			return at, fmt.Sprintf("the byte 0x%02x is not UTF-8", j.text[at])
		case letter < ' ' && letter != '\t' && letter != '\n' && letter != '\r', letter == 0x7f:
			return at, fmt.Sprintf("the control character 0x%02x", letter)
		}
		at += size
	}
	return 0, ""
}

// doubled is the error for the first key that stands twice in a map.
func (t Text) doubled(node *yaml.Node, depth int) error {
	const deepest = 10_000 // as the libraries have it
	if depth > deepest || node.Kind == yaml.AliasNode {
		return nil
	}
	if node.Kind == yaml.MappingNode {
		lines := map[string]int{}
		for i := 0; i+1 < len(node.Content); i += 2 {
			key := node.Content[i]
			if key.Kind != yaml.ScalarNode || key.Tag == "!!merge" {
				continue
			}
			if first, found := lines[key.Value]; found {
				return twice(Position{File: t.name, Line: key.Line + t.line - 1}, key.Value, first+t.line-1)
			}
			lines[key.Value] = key.Line
		}
	}
	for _, child := range node.Content {
		if err := t.doubled(child, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// twice is the error for a key that stands first on another line.
func twice(at Position, key string, first int) error {
	return fmt.Errorf("%s: %w: key %q already set in map, on line %d", at, ErrSyntax, key, first)
}

// firstLine is the line of the first content of the document.
func (j jsonText) firstLine() int {
	if line, ok := firstLine(j.text); ok {
		return j.line + line
	}
	if node := j.node(); node != nil {
		return j.line - 1 + node.Line
	}
	return j.line
}

// firstLine is the number of lines above the first with content. It is false
// where that takes a reader to tell.
func firstLine(text []byte) (above int, ok bool) {
	for {
		line, rest, more := bytes.Cut(text, []byte("\n"))
		content := bytes.TrimLeft(bytes.TrimPrefix(line, []byte("\xef\xbb\xbf")), " \t\r")
		switch {
		case isMarker(content):
			if behind := bytes.TrimSpace(content[3:]); len(behind) > 0 && behind[0] != '#' {
				return above, false
			}
		case len(content) == 0 || content[0] == '#' || content[0] == '%':
		default:
			return above, content[0] != '&' && content[0] != '!'
		}
		if !more {
			return above, false
		}
		text = rest
		above++
	}
}

var lineNumber = regexp.MustCompile(`line (\d+):? ?`)

// relocate turns the line that a YAML error names, counted in its part, into
// a position in the file, and takes it out of the message.
func relocate(name string, offset int, err error) (Position, string) {
	message := strings.NewReplacer("yaml: ", "", "unmarshal errors:\n  ", "", "error converting YAML to JSON: ", "").
		Replace(err.Error())
	at := Position{File: name}
	if found := lineNumber.FindStringSubmatchIndex(message); found != nil {
		if line, err := strconv.Atoi(message[found[2]:found[3]]); err == nil {
			at.Line = line + offset
		}
		message = message[:found[0]] + message[found[1]:]
	}
	return at, message
}
