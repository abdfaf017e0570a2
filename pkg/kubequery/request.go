package kubequery

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/api/validate/content"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
)

// ErrArgument says that a value cannot stand where it was given: a name that
// no object can have, a selector that is none, a value of the wrong type.
var ErrArgument = errors.New("invalid argument")

// longestName bounds names and namespaces, in bytes. Most may have 253; RBAC
// sets no bound of its own, and the URL as a whole has to fit a request header.
const longestName = 4096

// checkName refuses what cannot be one segment of a path. Escaping is not
// enough: the API server splits the path after it has unescaped it, so that
// "x%2Flog" would name a subresource. It allows no such names either.
func checkName(name string) error {
	switch {
	case name == "":
		return errors.New("may not be empty")
	case len(name) > longestName:
		return fmt.Errorf("may not be longer than %d bytes, has %d", longestName, len(name))
	}
	if problems := content.IsPathSegmentName(name); len(problems) > 0 {
		return errors.New(strings.Join(problems, ", "))
	}
	return nil
}

// URL returns the address of the request on a server. Each value stays in its
// place: names are checked and escaped, parameters encoded. The error wraps
// ErrArgument.
func (r Request) URL(base *url.URL) (*url.URL, error) {
	segments := []string{"api", r.Resource.Version}
	if r.Resource.Group != "" {
		segments = []string{"apis", r.Resource.Group, r.Resource.Version}
	}
	switch {
	case r.Resource.Namespaced && r.Namespace != "":
		segments = append(segments, "namespaces", r.Namespace)
	case r.Resource.Namespaced && r.Name != "":
		return nil, fmt.Errorf("%w: %s are namespaced, and no namespace is given", ErrArgument, r.Resource)
	}
	segments = append(segments, r.Resource.Name)
	if r.Name != "" {
		segments = append(segments, r.Name)
	}
	target := *base
	target.RawPath = strings.TrimSuffix(base.EscapedPath(), "/")
	for _, segment := range segments {
		if err := checkName(segment); err != nil {
			return nil, fmt.Errorf("%w: %s in a path %w", ErrArgument, advice.Quote(segment), err)
		}
		target.RawPath += "/" + url.PathEscape(segment)
	}
	path, err := url.PathUnescape(target.RawPath)
	if err != nil {
		return nil, fmt.Errorf("building the URL of %s: %w", r.Resource, err)
	}
	target.Path = path
	target.RawQuery = r.parameters().Encode()
	return &target, nil
}

func (r Request) parameters() url.Values {
	values := url.Values{}
	set := func(key, value string) {
		if value != "" {
			values.Set(key, value)
		}
	}
	set("labelSelector", r.LabelSelector)
	set("fieldSelector", r.FieldSelector)
	set("continue", r.Continue)
	if r.Limit > 0 {
		set("limit", strconv.Itoa(r.Limit))
	}
	return values
}
