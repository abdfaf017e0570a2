// Package encode writes results in the formats of other tools.
package encode

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"
)

// Suite is a set of tests that ran together, such as those of one file.
type Suite struct {
	Name  string
	Cases []Case
}

// Case is one test.
type Case struct {
	// Class is what the test belongs to, Name its own name.
	Class, Name string
	// File is where it stands, at Line, counted from 1.
	File     string
	Line     int
	Duration time.Duration
	Outcome  Outcome
	// Message says in one line why it did not pass, Details say more.
	Message, Details string
	// Printed is what it printed.
	Printed string
}

// Outcome is what became of a test.
type Outcome int

// The outcomes. An error is a test that could not be carried out.
const (
	Passed Outcome = iota
	Failed
	Errored
	Skipped
)

// JUnit writes suites as the XML that continuous integration reads: the schema
// of Ant's JUnit task, with file and line of each test. Characters that XML
// has no place for are replaced.
func JUnit(out io.Writer, suites []Suite) error {
	report := junitReport{}
	for _, suite := range suites {
		report.add(suite)
	}
	text, err := xml.MarshalIndent(report, "", "  ")
	if err != nil {
		return fmt.Errorf("writing JUnit: %w", err)
	}
	_, err = fmt.Fprintf(out, "%s%s\n", xml.Header, text)
	return err
}

// seconds are a duration as JUnit has it.
type seconds time.Duration

// MarshalText implements encoding.TextMarshaler.
func (s seconds) MarshalText() ([]byte, error) {
	return fmt.Appendf(nil, "%.3f", time.Duration(s).Seconds()), nil
}

// junitCounts are the same on all levels.
type junitCounts struct {
	Tests    int     `xml:"tests,attr"`
	Failures int     `xml:"failures,attr"`
	Errors   int     `xml:"errors,attr"`
	Skipped  int     `xml:"skipped,attr"`
	Time     seconds `xml:"time,attr"`
}

func (c *junitCounts) add(other junitCounts) {
	c.Tests += other.Tests
	c.Failures += other.Failures
	c.Errors += other.Errors
	c.Skipped += other.Skipped
	c.Time += other.Time
}

type junitReport struct {
	XMLName xml.Name `xml:"testsuites"`
	junitCounts
	Suites []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name string `xml:"name,attr"`
	junitCounts
	Cases []junitCase `xml:"testcase"`
}

type junitCase struct {
	Class   string        `xml:"classname,attr"`
	Name    string        `xml:"name,attr"`
	File    string        `xml:"file,attr,omitempty"`
	Line    int           `xml:"line,attr,omitempty"`
	Time    seconds       `xml:"time,attr"`
	Failure *junitProblem `xml:"failure"`
	Error   *junitProblem `xml:"error"`
	Skipped *struct{}     `xml:"skipped"`
	Printed string        `xml:"system-out,omitempty"`
}

type junitProblem struct {
	Message string `xml:"message,attr"`
	Details string `xml:",chardata"`
}

func (r *junitReport) add(suite Suite) {
	encoded := junitSuite{Name: suite.Name}
	for _, test := range suite.Cases {
		one, counts := encodeCase(test)
		encoded.Cases = append(encoded.Cases, one)
		encoded.add(counts)
	}
	r.junitCounts.add(encoded.junitCounts)
	r.Suites = append(r.Suites, encoded)
}

func encodeCase(test Case) (junitCase, junitCounts) {
	encoded := junitCase{
		Class: test.Class, Name: test.Name, File: test.File, Line: test.Line, Time: seconds(test.Duration), Printed: test.Printed,
	}
	counts := junitCounts{Tests: 1, Time: seconds(test.Duration)}
	problem := &junitProblem{Message: strings.TrimSpace(test.Message), Details: test.Details}
	switch test.Outcome {
	case Failed:
		encoded.Failure, counts.Failures = problem, 1
	case Errored:
		encoded.Error, counts.Errors = problem, 1
	case Skipped:
		encoded.Skipped, counts.Skipped = &struct{}{}, 1
	case Passed:
	}
	return encoded, counts
}
