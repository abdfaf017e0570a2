package engine

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
)

// Version is a version of Gatekeeper, 3.12 to 3.23. The zero value is the
// newest one, whose code this is.
type Version struct {
	// behind is how many minor versions it is older than the newest.
	behind int
}

// The versions that are known: the one that KKP brings, and the newest.
const major, oldest, newest = 3, 12, 23

var written = regexp.MustCompile(`^v?(\d+)\.(\d+)(?:\.\d+)?$`)

// ParseVersion reads a version as 3.12 or v3.12.0; the patch does not count. An
// unknown version is an error that names those that are known.
func ParseVersion(text string) (Version, error) {
	found := written.FindStringSubmatch(text)
	if found == nil {
		return Version{}, unknownVersion(text)
	}
	minor, err := strconv.Atoi(found[2])
	if err != nil || found[1] != strconv.Itoa(major) || minor < oldest || minor > newest {
		return Version{}, unknownVersion(text)
	}
	return Version{newest - minor}, nil
}

func unknownVersion(text string) error {
	known := make([]string, 0, newest-oldest+1)
	for _, version := range Versions() {
		known = append(known, version.String())
	}
	return advice.Errorf("choose one of "+strings.Join(known, ", ")+"; KKP brings 3.12", "reading the version of Gatekeeper: %s is not known", advice.Quote(text))
}

// Versions are those that are known, the oldest first.
func Versions() []Version {
	versions := []Version{}
	for minor := oldest; minor <= newest; minor++ {
		versions = append(versions, Version{newest - minor})
	}
	return versions
}

// String gives the version as 3.12.
func (v Version) String() string { return fmt.Sprintf("%d.%d", major, v.minor()) }

func (v Version) minor() int { return newest - v.behind }

// The minor versions that brought what older ones lack.
const (
	withCEL             = 13
	withSyncSet         = 15
	withScoped          = 17
	withRegoV1          = 19
	withNamespaceObject = 22
)

func (v Version) has(minor int) bool { return v.minor() >= minor }
