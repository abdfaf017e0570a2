package resources

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
)

// UnknownError says that a cluster serves no resource of that name.
type UnknownError struct {
	Word string
	// Nearest are the most similar resources that it does serve, or none.
	Nearest []string
	// Unasked are API groups that did not answer, and so may serve it.
	Unasked []string
}

// Error implements error.
func (e *UnknownError) Error() string {
	text := fmt.Sprintf("the server has no resource %s", advice.Quote(e.Word))
	if len(e.Unasked) > 0 {
		text += fmt.Sprintf(" (but the API groups %s did not answer)", strings.Join(e.Unasked, ", "))
	}
	if len(e.Nearest) > 0 {
		text += "; nearest: " + strings.Join(e.Nearest, ", ")
	}
	return text
}

// AmbiguousError says that several resources have that name, and that
// none of them has a better claim to it.
type AmbiguousError struct {
	Word string
	// Candidates are at least two names that are not ambiguous.
	Candidates []string
}

// Error implements error.
func (e *AmbiguousError) Error() string {
	return fmt.Sprintf("resource %s is ambiguous; write one of: %s", advice.Quote(e.Word), strings.Join(e.Candidates, ", "))
}

// Nearest returns up to three of the names that are most similar to a word,
// the most similar first.
func Nearest(word string, names []string) []string {
	const most = 3
	// No name of a resource is that long; the distance takes the product.
	const longest = 253
	if word == "" || len(word) > longest {
		return nil
	}
	word = strings.ToLower(word)
	type match struct {
		name     string
		distance int
	}
	matches := []match{}
	for _, name := range slices.Compact(slices.Sorted(slices.Values(names))) {
		if distance := distance(word, name); distance <= max(2, len(word)/3) {
			matches = append(matches, match{name, distance})
		}
	}
	slices.SortStableFunc(matches, func(a, b match) int { return a.distance - b.distance })
	nearest := []string{}
	for _, match := range matches[:min(most, len(matches))] {
		nearest = append(nearest, match.name)
	}
	return nearest
}

// distance is the number of bytes to insert, delete or replace (Levenshtein).
// Where one word only continues the other, as in "deployments.app", that is
// one step, unless it is too short to mean anything.
func distance(a, b string) int {
	const telling = 3
	if min(len(a), len(b)) >= telling && (strings.HasPrefix(b, a) || strings.HasPrefix(a, b)) {
		return 1
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}
