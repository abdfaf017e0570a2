package imagepolicy_test

import (
	"math/rand/v2"
	"strings"
)

// generator makes up image references and prefixes of parts that are easily
// read wrongly.
type generator struct{ *rand.Rand }

func (g *generator) pick(from ...string) string { return from[g.IntN(len(from))] }

// image is one that a container runtime can read, or not.
func (g *generator) image() string {
	switch g.IntN(6) {
	case 0, 1:
		return g.pick("", "docker.io/", "index.docker.io/", "Quay.io/", "quay.io/", "localhost:5000/", "[::1]:5000/", "Registry/") +
			g.pick("", "library/", "org/", "a--b/c_d/") + g.pick("nginx", "app", "0", "org") +
			g.pick("", ":1", ":latest", ":V1_.-a") + g.pick("", "", "@sha256:"+strings.Repeat("0a", 32))
	case 2:
		return g.pick("", "quay.io/") + g.hex(64)
	case 3:
		return g.spoil(g.host() + g.path() + g.tag() + g.digest())
	}
	return g.host() + g.path() + g.tag() + g.digest()
}

func (g *generator) host() string {
	host := g.pick("", "", "quay.io", "docker.io", "index.docker.io", "Docker.io", "INDEX.docker.io", "localhost", "LOCALHOST",
		"quay.io:5000", "localhost:5000", "registry", "Registry", "registry:80", "[::1]", "[2001:DB8::1]:5000", "::1", "127.0.0.1",
		"foo_bar.x", "-a.b", "a..b", "quay.io.", ".", ":", "a:b", "quay.io.evil.com", "xn--a.example", "É", "\u212Aelvin.io", "a.b:")
	if host == "" {
		return ""
	}
	return host + "/"
}

func (g *generator) path() string {
	parts := []string{}
	for range 1 + g.IntN(3) {
		parts = append(parts, g.pick("nginx", "library", "org", "organic", "org-a", "a.b", "a__b", "a--b", "a_b", "0", "x",
			"nginx", "org", "app", "localhost", "docker.io", "Org", "a..b", "a___b", "-a", "a-", "", "..", "*", "ä",
			strings.Repeat("a", 100), strings.Repeat("b/", 60)+"b", g.hex(64)))
	}
	return strings.Join(parts, "/")
}

func (g *generator) tag() string {
	return g.pick("", "", "", ":1", ":1.2", ":latest", ":V1", ":80", ":", ":-a", ":_", ":a b", ":1/x", ":"+strings.Repeat("a", 128), ":"+strings.Repeat("a", 129))
}

func (g *generator) digest() string {
	if g.IntN(3) > 0 {
		return ""
	}
	algorithm := g.pick("sha256", "sha256", "sha256", "sha384", "sha512", "SHA256", "md5", "sha256+b64", "")
	return "@" + algorithm + ":" + g.hex([]int{64, 64, 64, 96, 128, 63, 65, 32, 31, 0}[g.IntN(10)])
}

// hex is a number of so many digits; now and then one of them is not one.
func (g *generator) hex(digits int) string {
	text := strings.Repeat(g.pick("0", "a", "0", "f", "A", "g"), digits)
	if digits > 0 && g.IntN(4) == 0 {
		return text[1:] + g.pick("0", "F", "g")
	}
	return text
}

// spoil changes a text at one place.
func (g *generator) spoil(text string) string {
	at := g.IntN(len(text) + 1)
	switch g.IntN(3) {
	case 0:
		return strings.ToValidUTF8(text[:at], "?")
	case 1:
		return strings.ToValidUTF8(text[:at]+text[min(at+1, len(text)):], "?")
	}
	return strings.ToValidUTF8(text[:at]+g.pick("/", ":", "@", ".", "-", "_", "A", "0", " ", "\n", "\x00", "//", "..", "%", "ı", "K", "[", "library/")+text[at:], "?")
}

// prefix is often one that has to do with the image.
func (g *generator) prefix(image string) string {
	switch g.IntN(10) {
	case 0:
		return g.image()
	case 1:
		return strings.TrimSuffix(g.host(), "/")
	case 2:
		return g.host()
	case 3:
		return g.spoil(image)
	case 4:
		return strings.ToLower(image)
	case 5:
		return "docker.io/" + image
	case 6:
		return image + g.pick("/", ":1", ":latest", "@", "//")
	case 7:
		return image
	}
	// Up to where a part of it ends.
	ends := []int{0, len(image)}
	for i, letter := range image {
		if strings.ContainsRune("/:@.", letter) {
			ends = append(ends, i, i+1)
		}
	}
	return image[:ends[g.IntN(len(ends))]]
}
