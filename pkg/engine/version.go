package engine

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
)

// Version is a version of Gatekeeper, 3.12 to 3.23. The zero value is the
// newest one, whose code this is. Of an older one, as it is without flags of
// its own, an Enforcer has
//
//   - its Rego: the language, the builtins and the keywords of its OPA, and no
//     version v1 before 3.19;
//   - no CEL before 3.17 (3.13 to 3.16 have it behind a flag): a template with
//     both engines is judged by its Rego, one with CEL alone is refused;
//   - no scoped enforcement actions before 3.17, no SyncSet before 3.15, no
//     expansion before 3.13, no operations of templates and no namespaceObject
//     before 3.22, which is empty then rather than missing.
//
// It does not have the mistakes that were mended in between, the texts of its
// errors where they changed, and the versions of the API that it serves.
// Fields of a constraint that are not in its definition are refused for all
// versions alike: an API server drops them.
type Version struct {
	// behind is how many minor versions it is older than the newest.
	behind int
}

// The versions that are known: the one that KKP brings, and the newest.
const major, oldest, newest = 3, 12, 23

// The minor versions that brought what older ones lack.
const (
	withExpansion       = 13
	withSyncSet         = 15
	withCEL             = 17
	withScoped          = 17
	withRegoV1          = 19
	withOperations      = 22
	withNamespaceObject = 22
)

// opaVersions are the OPAs in the last patches of Gatekeeper, as its
// documentation has them, the oldest first and without the newest. That of 3.20
// is v1.7.1, which has the language of v1.7.0.
var opaVersions = [newest - oldest]string{
	"v0.49.2", "v0.54.0", "v0.57.1", "v0.60.0", "v0.64.1", "v0.68.0", "v0.68.0", "v1.5.1", "v1.7.0", "v1.10.0", "v1.13.2",
}

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
	return advice.Errorf("choose one of "+strings.Join(known, ", ")+"; KKP brings 3.12",
		"reading the version of Gatekeeper: %s is not known", advice.Quote(text))
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

func (v Version) has(minor int) bool { return v.minor() >= minor }

// opa is the OPA of an older version, "" of the newest.
func (v Version) opa() string {
	if v.behind == 0 {
		return ""
	}
	return opaVersions[v.minor()-oldest]
}
