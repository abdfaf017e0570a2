package imagepolicy

import (
	"strings"

	"github.com/distribution/reference"
)

// pulled is an image reference as the container runtime reads it.
type pulled struct {
	// host is the registry that the image comes from, in lower case.
	host string
	// text is the reference written in full: host, path, tag and digest.
	text string
}

// parse reads an image reference as the container runtime does: nginx is
// docker.io/library/nginx. Hosts are the same in upper and lower case.
func parse(image string) (pulled, error) {
	named, err := reference.ParseNormalizedNamed(image)
	if err != nil {
		return pulled{}, err
	}
	host := reference.Domain(named)
	lower := strings.ToLower(host)
	return pulled{host: lower, text: lower + strings.TrimPrefix(named.String(), host)}, nil
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
