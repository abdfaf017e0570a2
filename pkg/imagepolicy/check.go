package imagepolicy

import (
	"fmt"
	"strings"
)

// Prefix is one allowed prefix.
type Prefix struct {
	// Registry is the name of the AllowedRegistry; empty where there is none.
	Registry string
	// Text is what an image must begin with.
	Text string
}

// Verdict is what a template decides about one image, and why.
type Verdict struct {
	Allowed bool
	// Unreadable tells whether the template denies the image because it is no
	// image reference. KKP's only compares the text.
	Unreadable bool
	// Prefix is the longest one that allows the image, or the nearest one where
	// none does; nil where none is near.
	Prefix *Prefix
	// Hint says what is easily overlooked; it is often empty.
	Hint string
}

// checkKKP decides as KKP's template does: the image's text, as it is written,
// must begin with one of the prefixes. Without any prefix KKP disables the
// constraint, and everything is allowed.
//
// The nearest prefix is the one that has the longest beginning in common with
// the image, as written or as the container runtime reads it; the first of
// several. A prefix that differs in the first letter is not near.
func checkKKP(image string, prefixes []Prefix) Verdict {
	if len(prefixes) == 0 {
		return Verdict{Allowed: true}
	}
	from, err := parse(image)
	by := longest(image, prefixes)
	verdict := Verdict{Allowed: by != nil, Prefix: by}
	if by == nil {
		verdict.Prefix = nearest(prefixes, image, from.String())
	}
	switch {
	case err != nil:
		verdict.Hint = fmt.Sprintf("%q is no image reference (%v): KKP only compares the text", image, err)
	case by != nil && foreign(image, from, by.Text):
		verdict.Hint = fmt.Sprintf("the prefix %s has no boundary: it also admits images of %s", by.Text, from.host)
	case by == nil && longest(from.String(), prefixes) != nil:
		verdict.Hint = fmt.Sprintf("%s is pulled from %s: KKP compares the text as written", image, from)
	}
	return verdict
}

// longest is the longest prefix that the text begins with, the first of
// several; nil where there is none.
func longest(text string, prefixes []Prefix) *Prefix {
	var found *Prefix
	for i := range prefixes {
		prefix := &prefixes[i]
		if strings.HasPrefix(text, prefix.Text) && (found == nil || len(prefix.Text) > len(found.Text)) {
			found = prefix
		}
	}
	return found
}

// nearest is the prefix that shares the longest beginning with one of the
// texts, the first of several; nil where none shares a letter.
func nearest(prefixes []Prefix, texts ...string) *Prefix {
	var found *Prefix
	most := 0
	for i := range prefixes {
		for _, text := range texts {
			if length := common(text, prefixes[i].Text); length > most {
				found, most = &prefixes[i], length
			}
		}
	}
	return found
}

// common is the length of the beginning that two texts share.
func common(a, b string) int {
	length := 0
	for length < min(len(a), len(b)) && a[length] == b[length] {
		length++
	}
	return length
}
