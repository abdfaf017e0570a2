package redact

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"unicode/utf8"

	"k8s.io/apimachinery/pkg/fields"
)

// longestHead bounds how much of a value is spelled beforehand, in bytes. All
// of a longer one is spelled when that much was found: a Secret can have a
// megabyte.
const longestHead = 255

// longestEncoded is the same for a value that is spelled in base64, which takes
// three bytes at a time.
const longestEncoded = longestHead / 4 * 3

// spelling is a way in which a value can stand in a text.
type spelling struct {
	value string
	// head is how it begins.
	head string
	// wholes are all spellings that begin so; nil where the head is all.
	wholes func() []string
}

// spellings finds values in texts.
type spellings struct {
	values map[string]bool
	// pairs are the two bytes that spellings begin with, byStart all of them by
	// their first bytes.
	pairs   [1 << 16]bool
	byStart map[string][]spelling
	// telling knows those of the values that stand nowhere by accident.
	telling func() *Redactor
}

// way spells a text character by character, so that the spelling of a part of
// it is a part of its spelling.
type way func(text string) string

// ways are all of them.
var ways = func() []way {
	then := func(first, second way) way {
		return func(text string) string { return second(first(text)) }
	}
	return []way{
		func(text string) string { return text },
		quoted, inJSON, inHTMLSafeJSON,
		then(quoted, quoted), then(quoted, inJSON), then(inJSON, quoted), then(inJSON, inJSON), then(inHTMLSafeJSON, quoted),
		url.PathEscape, url.QueryEscape, fields.EscapeValue,
		then(fields.EscapeValue, url.QueryEscape), then(fields.EscapeValue, quoted), then(url.QueryEscape, quoted),
	}
}()

func quoted(text string) string {
	quotes := strconv.Quote(text)
	return quotes[1 : len(quotes)-1]
}

func inHTMLSafeJSON(text string) string {
	encoded, _ := json.Marshal(text) // a string always can be
	return string(encoded[1 : len(encoded)-1])
}

func inJSON(text string) string {
	var encoded bytes.Buffer
	encoder := json.NewEncoder(&encoded)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(text) // a string always can be
	return encoded.String()[1 : encoded.Len()-2]
}

func inBase64(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }

// newSpellings prepares for finding values of at least shortestSecret bytes.
func newSpellings(values map[string]bool) *spellings {
	s := &spellings{values: values, byStart: map[string][]spelling{}}
	s.telling = sync.OnceValue(s.onlyTelling)
	for value := range values {
		start := beginning(value)
		s.addAll(value, start, len(start) < len(value), func() string { return value })
		start = inBase64(value[:min(len(value), longestEncoded)])
		s.addAll(value, start, len(value) > longestEncoded, func() string { return inBase64(value) })
	}
	return s
}

// addAll adds all spellings of a text for a value. The start is all of the text
// unless that is long.
func (s *spellings) addAll(value, start string, long bool, whole func() string) {
	for head, same := range spell(start, ways) {
		one := spelling{value: value, head: head}
		if long {
			one.wholes = sync.OnceValue(func() []string { return slices.Collect(maps.Keys(spell(whole(), same))) })
		}
		s.add(one)
	}
}

// spell returns the ways that spell a text, by what they make of it.
func spell(text string, ways []way) map[string][]way {
	spelled := map[string][]way{}
	for _, way := range ways {
		head := way(text)
		spelled[head] = append(spelled[head], way)
	}
	return spelled
}

// beginning is how a value begins, in whole characters.
func beginning(value string) string {
	if len(value) <= longestHead {
		return value
	}
	for n := longestHead; n > longestHead-utf8.UTFMax; n-- {
		if utf8.RuneStart(value[n]) {
			return value[:n]
		}
	}
	return value[:longestHead] // what is there is no character
}

func (s *spellings) onlyTelling() *Redactor {
	redactor := NewRedactor()
	for value := range s.values {
		if len(value) >= tellingSecret {
			redactor.values[value] = true
		}
	}
	return redactor
}

func (s *spellings) add(one spelling) {
	start := one.head[:shortestSecret]
	s.pairs[pair2(start)] = true
	s.byStart[start] = append(s.byStart[start], one)
}

// pair2 is a number for the first two bytes of a text.
func pair2(text string) int { return int(text[0])<<8 | int(text[1]) }

// span is a part of a text.
type span struct{ start, end int }

// find returns where in a text values stand, in order; what overlaps is one
// span. Each value is told to found, which may be nil.
func (s *spellings) find(text string, found func(value string)) []span {
	spans := []span{}
	if len(s.values) == 0 {
		return spans
	}
	for i := 0; i+shortestSecret <= len(text); i++ {
		if !s.pairs[pair2(text[i:])] {
			continue
		}
		end := i
		for _, candidate := range s.byStart[text[i:i+shortestSecret]] {
			if length := candidate.matches(text[i:]); length > 0 {
				end = max(end, i+length)
				if found != nil {
					found(candidate.value)
				}
			}
		}
		if end == i {
			continue
		}
		if last := len(spans) - 1; last >= 0 && i < spans[last].end {
			spans[last].end = max(spans[last].end, end)
		} else {
			spans = append(spans, span{i, end})
		}
		// What starts well within a long value is part of it: looking at each
		// place would take long where a value repeats itself.
		i = max(i, end-longestHead)
	}
	return spans
}

// matches returns how much of a text, from its start, is this spelling: all of
// it, or what a message cut off; 0 if it is another text.
func (s spelling) matches(text string) int {
	length := common(s.head, text)
	switch {
	case length < len(s.head):
		if cut.MatchString(text[length:]) {
			return length
		}
		return 0
	case s.wholes != nil:
		for _, whole := range s.wholes() {
			length = max(length, common(whole, text))
		}
	}
	return length
}

// cut is what stands where a message was cut off (advice.Quote, shorten),
// perhaps within a character.
var cut = regexp.MustCompile(`^(\\x[0-9a-f]{2}){0,3}"?…`)

// common is the length of what two texts have in common at their start.
func common(a, b string) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}
