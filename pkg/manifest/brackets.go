package manifest

import (
	"encoding/binary"
	"math/bits"
)

// brackets finds the end of a value of JSON by its brackets and quotes alone.
// The text may come in pieces: each call goes on at at.
type brackets struct {
	at, depth int
	quoted    bool
}

// valueMarks are the bytes that matter outside of quotes.
var valueMarks = func() (table [256]bool) {
	for _, c := range []byte("\"{}[], \n\r\t") {
		table[c] = true
	}
	return table
}()

// quoteMark is the offset of the first quote or backslash from at on, or that of
// the end. It looks at eight bytes at a time: subtracting one from a byte that is zero
// borrows from its highest bit.
func quoteMark(text []byte, at int) int {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	for ; at+8 <= len(text); at += 8 {
		word := binary.LittleEndian.Uint64(text[at:])
		quotes, slashes := word^ones*'"', word^ones*'\\'
		if found := ((quotes-ones)&^quotes | (slashes-ones)&^slashes) & highs; found != 0 {
			return at + bits.TrailingZeros64(found)/8
		}
	}
	for at < len(text) && text[at] != '"' && text[at] != '\\' {
		at++
	}
	return at
}

// pass goes on through text. It is true where the value ends, before at; else at
// is up to where nothing need be seen again.
func (b *brackets) pass(text []byte) bool {
	at, depth := b.at, b.depth
	if b.quoted {
		if b.quoted, b.at = quotedEnd(text, at); b.quoted {
			return false
		}
		if at = b.at; depth == 0 {
			return true
		}
	}
	for ; at < len(text); at++ {
		c := text[at]
		if !valueMarks[c] {
			continue
		}
		switch c {
		case '"':
			open, end := quotedEnd(text, at+1)
			if open || depth == 0 {
				b.at, b.depth, b.quoted = end, depth, open
				return !open
			}
			at = end - 1
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth <= 0 {
				b.at, b.depth = at+1, depth
				if depth < 0 {
					b.at--
				}
				return true
			}
		default:
			if depth == 0 {
				// A number or a word ends at what is behind it.
				b.at = at
				return true
			}
		}
	}
	b.at, b.depth = at, depth
	return false
}

// quotedEnd finds the end of what is in quotes, behind the second. It is open
// where the text ends before that; a backslash at its end is left to be seen again.
func quotedEnd(text []byte, at int) (open bool, end int) {
	for {
		at = quoteMark(text, at)
		switch {
		case at == len(text):
			return true, at
		case text[at] == '"':
			return false, at + 1
		case at+1 == len(text):
			return true, at
		}
		at += 2
	}
}
