package imagepolicy

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"github.com/distribution/reference"
)

//go:embed hardened.rego
var hardenedText string

// hardenedRego is the Rego of the hardened flavor. Its grammar of image
// references is the library's.
var hardenedRego = strings.NewReplacer(
	"${reference}", reference.ReferenceRegexp.String(),
	"${host}", hostPattern,
	"${identifier}", "^"+reference.IdentifierRegexp.String()+"$",
).Replace(hardenedText)

// checkHardened decides as the hardened template does: the container runtime
// must be able to read the image, and must pull it from a place that one of the
// prefixes names. Without any prefix everything is denied.
//
// The longest prefix is the one that says most, written in full; so is the
// nearest.
func checkHardened(image string, prefixes []Prefix) Verdict {
	from, err := parse(image)
	meant := spellOut(prefixes)
	if err != nil {
		return Verdict{
			Unreadable: true,
			Prefix:     original(prefixes, meant, nearest(meant, image)),
			Hint:       fmt.Sprintf("%q is no image reference (%v): no container runtime can pull it", image, err),
		}
	}
	if by := narrowest(prefixes, from); by != nil {
		return Verdict{Allowed: true, Prefix: by}
	}
	verdict := Verdict{Prefix: original(prefixes, meant, nearest(meant, from.String()))}
	if verdict.Prefix != nil {
		verdict.Hint = missed(image, from, verdict.Prefix.Text)
	}
	return verdict
}

// narrowest is the prefix that says most of those that admit an image, the
// first of several; nil where there is none.
func narrowest(prefixes []Prefix, from pulled) *Prefix {
	var found *Prefix
	most := -1
	for i := range prefixes {
		begins, err := readPrefix(prefixes[i].Text)
		if err == nil && begins.admits(from) && len(begins.rest) > most {
			found, most = &prefixes[i], len(begins.rest)
		}
	}
	return found
}

// spellOut writes prefixes as images are written in full. One that no image can
// begin with stays as it is.
func spellOut(prefixes []Prefix) []Prefix {
	full := slices.Clone(prefixes)
	for i := range full {
		if begins, err := readPrefix(full[i].Text); err == nil {
			full[i].Text = begins.String()
		}
	}
	return full
}

// original is the prefix that was spelled out as found; nil for nil.
func original(prefixes, meant []Prefix, found *Prefix) *Prefix {
	if found == nil {
		return nil
	}
	return &prefixes[slices.Index(meant, *found)]
}

// missed says what is easily overlooked in a prefix that is near an image and
// does not admit it; it is often empty.
func missed(image string, from pulled, prefix string) string {
	begins, err := readPrefix(prefix)
	switch {
	case err != nil:
		return fmt.Sprintf("no image can begin with the prefix %s: %v", prefix, err)
	case begins.host == from.host && begins.image != nil && begins.image.path == from.path:
		return onlyOne(image, from, prefix, *begins.image)
	case begins.host == dockerHub && from.host == dockerHub && "library/"+begins.rest == from.path:
		return fmt.Sprintf("the prefix %s is an organization on Docker Hub: %s is pulled from %s", prefix, image, from)
	case strings.HasPrefix(image, prefix):
		return fmt.Sprintf("%s begins with the text %s, but a prefix has to end where a part of the image ends", image, prefix)
	}
	return ""
}

// onlyOne says what a prefix with a tag or a digest means for another version
// of its image.
func onlyOne(image string, from pulled, prefix string, meant pulled) string {
	switch {
	case meant.digest != "":
		return fmt.Sprintf("the prefix %s has a digest: it admits that one only", prefix)
	case from.digest != "":
		return fmt.Sprintf("the prefix %s has a tag, and %s is pulled by its digest, whatever its tag", prefix, image)
	default:
		return fmt.Sprintf("the prefix %s has a tag: it admits that one only", prefix)
	}
}
