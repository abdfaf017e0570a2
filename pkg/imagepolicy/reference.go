package imagepolicy

import (
	"cmp"
	// A digest of an algorithm that is not linked in would be none.
	_ "crypto/sha256"
	_ "crypto/sha512"
	"strings"

	"github.com/distribution/reference"
)

// pulled is an image reference as the container runtime reads it.
type pulled struct {
	// host is the registry that the image comes from, in lower case.
	host string
	// path is where the image is on the host, without tag and digest.
	path string
	// tag and digest are what the reference says of them, often nothing.
	tag, digest string
}

// parse reads an image reference as the container runtime does: nginx is
// docker.io/library/nginx. Hosts are the same in upper and lower case.
func parse(image string) (pulled, error) {
	named, err := reference.ParseNormalizedNamed(image)
	if err != nil {
		return pulled{}, err
	}
	from := pulled{host: canonical(reference.Domain(named)), path: reference.Path(named)}
	if tagged, ok := named.(reference.Tagged); ok {
		from.tag = tagged.Tag()
	}
	if digested, ok := named.(reference.Digested); ok {
		from.digest = digested.Digest().String()
	}
	return from, nil
}

// String is the reference written in full: host, path, tag and digest.
func (p pulled) String() string {
	text := p.host + "/" + p.path
	if p.tag != "" {
		text += ":" + p.tag
	}
	if p.digest != "" {
		text += "@" + p.digest
	}
	return text
}

// rest is what is pulled from the host. The tag is latest where there is none,
// and means nothing where there is a digest.
func (p pulled) rest() string {
	if p.digest != "" {
		return p.path + "@" + p.digest
	}
	return p.path + ":" + cmp.Or(p.tag, "latest")
}

const (
	dockerHub       = "docker.io"
	dockerHubLegacy = "index.docker.io"
)

// canonical is the one way to write a host.
func canonical(host string) string {
	lower := strings.ToLower(host)
	if lower == dockerHubLegacy {
		return dockerHub
	}
	return lower
}

// isHost tells whether the first part of a reference is a host, as the
// container runtime tells it.
func isHost(part string) bool {
	return part == "localhost" || strings.ContainsAny(part, ".:") || strings.ToLower(part) != part
}

// foreign tells whether an image that begins with a prefix comes from another
// host than the one that the prefix names. That happens where the prefix ends
// in the middle of the image's host.
func foreign(image string, from pulled, prefix string) bool {
	// Where the host is not part of the image's text, the prefix ends in the path.
	if strings.Contains(prefix, "/") || !strings.HasPrefix(strings.ToLower(image), from.host+"/") {
		return false
	}
	meant, err := parse(prefix + "/x")
	return err == nil && meant.host != from.host
}
