package imagepolicy

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
)

const whatToGive = "give a host such as quay.io, or a path such as quay.io/org/"

// CheckPrefix refuses a prefix by which KKP would allow everything.
func CheckPrefix(prefix string) error {
	if prefix == "" {
		return fmt.Errorf("the registry prefix is empty: every image would be allowed")
	}
	return nil
}

// CheckPrefix refuses a prefix that means nothing under the flavor, with a next
// step. The note says what is easily overlooked in one that is taken; it is
// often empty.
func (f Flavor) CheckPrefix(prefix string) (note string, err error) {
	if f != FlavorHardened {
		return "", advice.Wrap(CheckPrefix(prefix), whatToGive)
	}
	begins, err := readPrefix(prefix)
	if err != nil {
		return "", refuse(prefix, err)
	}
	switch {
	case begins.image != nil && begins.image.digest != "":
		return fmt.Sprintf("the prefix %s has a digest: it admits that one only", prefix), nil
	case begins.image != nil:
		return fmt.Sprintf("the prefix %s has a tag: it admits that one only, and no image with a digest", prefix), nil
	case strings.Contains(prefix, ":") && !strings.ContainsAny(prefix, "./[") && !strings.HasPrefix(begins.host, "localhost:"):
		return fmt.Sprintf("the prefix %s is a host: for the image on Docker Hub write %s/library/%[1]s", prefix, dockerHub), nil
	}
	return "", nil
}

// refuse says why no image can begin with a prefix, and what to write instead.
func refuse(prefix string, why error) error {
	if prefix == "" {
		return advice.Errorf(whatToGive,
			"the registry prefix is empty: no image would be allowed")
	}
	next := "write a host such as quay.io, a path such as quay.io/org/, or one image such as quay.io/org/app:1.2"
	_, bare, schemed := strings.Cut(prefix, "://")
	switch {
	case schemed && bare != "":
		next = "leave the scheme out: " + bare
	case strings.ContainsFunc(prefix, unicode.IsSpace):
		next = "leave the space out"
	case strings.Contains(prefix, "*"):
		next = "leave the * out: a prefix admits all that begins with it, up to where a part of the image ends"
	case readable(strings.ToLower(prefix)):
		next = "write the path in lower case"
	}
	return advice.Wrap(fmt.Errorf("no image can begin with the registry prefix %q: %w", prefix, why), "%s", next)
}

func readable(prefix string) bool {
	_, err := readPrefix(prefix)
	return err == nil
}
