package imagepolicy

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/distribution/reference"
)

// beginning is what the hardened flavor takes a prefix for.
type beginning struct {
	// host is in lower case.
	host string
	// rest is empty for all of a host, else a path, or a path with the one tag
	// or digest that is meant.
	rest string
	// image is what the prefix names where it has a tag or a digest.
	image *pulled
}

// String is the beginning as images are written in full.
func (b beginning) String() string { return b.host + "/" + b.rest }

// admits tells whether an image begins so. A beginning ends where a part of
// the image ends.
func (b beginning) admits(from pulled) bool {
	left, found := strings.CutPrefix(from.rest(), b.rest)
	return found && b.host == from.host &&
		(left == "" || b.rest == "" || strings.HasSuffix(b.rest, "/") || strings.ContainsAny(left[:1], "/:@"))
}

var (
	hostAndPort = regexp.MustCompile(hostPattern)
	// hostPattern is a whole text that is a host.
	hostPattern = "^" + reference.DomainRegexp.String() + "$"
)

// readPrefix reads a prefix for the hardened flavor: a host, an image with its
// tag or digest, or a path of a host. The error says why no image can begin so.
func readPrefix(prefix string) (beginning, error) {
	if host := strings.TrimSuffix(prefix, "/"); isHost(host) && hostAndPort.MatchString(host) {
		return beginning{host: canonical(host)}, nil
	}
	if from, err := parse(prefix); err == nil && from.tag+from.digest != "" {
		return beginning{host: from.host, rest: from.rest(), image: &from}, nil
	}
	host, path := place(prefix)
	if !hostAndPort.MatchString(host) {
		return beginning{}, fmt.Errorf("%q is no host", host)
	}
	read, err := reference.Parse(host + "/" + strings.TrimSuffix(path, "/"))
	if err != nil {
		return beginning{}, err
	}
	if named, ok := read.(reference.Named); !ok || !reference.IsNameOnly(named) {
		return beginning{}, fmt.Errorf("%w: nothing can follow a tag or a digest", reference.ErrReferenceInvalidFormat)
	}
	return beginning{host: canonical(host), rest: path}, nil
}

// place splits a prefix into host and path as the container runtime splits an
// image. A name alone is an official image of Docker Hub.
func place(prefix string) (host, path string) {
	first, rest, found := strings.Cut(prefix, "/")
	switch {
	case !found && prefix != "":
		return dockerHub, "library/" + prefix
	case first == dockerHubLegacy:
		return dockerHub, rest
	case isHost(first):
		return first, rest
	default:
		return dockerHub, prefix
	}
}
