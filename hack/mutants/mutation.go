package main

import (
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
)

// mutation is one fault in one file: some lines in the place of others.
type mutation struct {
	id string
	// file is relative to the repository.
	file string
	// breaks is a sentence that says what goes wrong.
	breaks   string
	old, new string
}

// header begins a mutation in mutants.txt.
var header = regexp.MustCompile(`^@@ ([a-z0-9-]+) (\S+) @@$`)

// parse reads mutations; mutants.txt says how they are written.
func parse(text string) ([]mutation, error) {
	all := []mutation{}
	for number, line := range strings.Split(text, "\n") {
		if found := header.FindStringSubmatch(line); found != nil {
			all = append(all, mutation{id: found[1], file: found[2]})
			continue
		}
		if line == "" || line[0] == '#' {
			continue
		}
		if len(all) == 0 || !all[len(all)-1].take(line) {
			return nil, fmt.Errorf("mutants.txt:%d: want a header, one sentence, then lines that begin with -, + or a space", number+1)
		}
	}
	return all, check(all)
}

// take reads one line; false means that it does not belong here.
func (m *mutation) take(line string) bool {
	text := line[1:] + "\n"
	switch line[0] {
	case '-':
		m.old += text
	case '+':
		m.new += text
	case ' ':
		m.old += text
		m.new += text
	default:
		if m.breaks != "" {
			return false
		}
		m.breaks = line
	}
	return true
}

// check finds mutations that are not complete, and IDs that are not unique.
func check(all []mutation) error {
	problems := []error{}
	seen := map[string]bool{}
	for _, m := range all {
		switch {
		case seen[m.id]:
			problems = append(problems, fmt.Errorf("%s: there are two of this ID", m.id))
		case !strings.HasSuffix(m.breaks, "."):
			problems = append(problems, fmt.Errorf("%s: want a sentence that says what it breaks", m.id))
		case m.old == "" || m.old == m.new:
			problems = append(problems, fmt.Errorf("%s: nothing is changed", m.id))
		case !slices.Contains(packages, path.Dir(m.file)):
			problems = append(problems, fmt.Errorf("%s: %s is in none of %s", m.id, m.file, strings.Join(packages, ", ")))
		}
		seen[m.id] = true
	}
	return errors.Join(problems...)
}

// apply puts the fault into the text of the file. The lines that it takes away
// must be there exactly once, or nobody would know which are meant.
func (m mutation) apply(text string) (string, error) {
	// Old lines begin where a line begins.
	at := strings.Index("\n"+text, "\n"+m.old)
	switch {
	case at < 0:
		return "", fmt.Errorf("%s: %s does not have the lines\n%s", m.id, m.file, m.old)
	case at != strings.LastIndex("\n"+text, "\n"+m.old):
		return "", fmt.Errorf("%s: %s has these lines more than once\n%s", m.id, m.file, m.old)
	}
	return text[:at] + m.new + text[at+len(m.old):], nil
}
