package setup

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Environment is what an OPA outside of the cluster needs in its environment,
// as lines that a shell reads. It holds the token: write it into a file that
// nobody else reads.
func Environment(secret *unstructured.Unstructured, server string) string {
	lines := []string{}
	for _, variable := range []struct{ name, value string }{
		{ServerVariable, server}, {CAVariable, CA(secret)}, {TokenVariable, Token(secret)},
	} {
		lines = append(lines, fmt.Sprintf("export %s=%s\n", variable.name, quote(variable.value)))
	}
	return strings.Join(lines, "")
}

// quote writes a text such that a POSIX shell reads it as it is.
func quote(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }
