package test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	reportv1alpha1 "github.com/kubectl-opa/kubectl-opa/pkg/api/report/v1alpha1"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/encode"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
	"github.com/kubectl-opa/kubectl-opa/pkg/review"
)

// sink is a report in one format that is written while it is made.
type sink interface {
	// found gets an object with findings.
	found(r review.Reviewed) error
	// end gets all but the findings.
	end(report reportv1alpha1.TestReport) error
}

// sinks are those for the formats that were asked for.
func (f *flags) sinks(streams cli.Streams, report reportv1alpha1.TestReport) []sink {
	all := []sink{}
	for _, stream := range streams {
		switch stream.Format {
		case "json":
			all = append(all, &jsonSink{out: stream.Out, begin: report})
		case "yaml":
			all = append(all, &yamlSink{out: stream.Out})
		case "gator-json":
			all = append(all, &gatorSink{out: stream.Out})
		default:
			all = append(all, &tableSink{out: stream.Out, theme: stream.Theme})
		}
	}
	return all
}

// jsonSink writes findings as they come: there may be more than fit in memory.
type jsonSink struct {
	out   io.Writer
	begin reportv1alpha1.TestReport
	// begun says that there was a finding.
	begun bool
}

// noFindings is where findings stand in the JSON of a report without any.
var noFindings = []byte(`"findings": []`)

func (s *jsonSink) found(r review.Reviewed) error {
	var text bytes.Buffer
	for _, finding := range findings(r) {
		if s.begun {
			text.WriteByte(',')
		} else {
			head, _, err := split(s.begin)
			if err != nil {
				return err
			}
			s.begun = true
			text.Write(head)
			text.WriteString(`"findings": [`)
		}
		text.WriteString("\n    ")
		encoder := json.NewEncoder(&text)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("    ", "  ")
		if err := encoder.Encode(finding); err != nil {
			return err
		}
		text.Truncate(text.Len() - 1) // the line break
	}
	_, err := s.out.Write(text.Bytes())
	return err
}

func (s *jsonSink) end(report reportv1alpha1.TestReport) error {
	if !s.begun {
		return manifest.WriteJSON(s.out, report)
	}
	_, tail, err := split(report)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.out, "\n  ]%s", tail)
	return err
}

// split gives what stands before and behind the findings.
func split(report reportv1alpha1.TestReport) (head, tail []byte, err error) {
	var text bytes.Buffer
	if err := manifest.WriteJSON(&text, report); err != nil {
		return nil, nil, err
	}
	head, tail, _ = bytes.Cut(text.Bytes(), noFindings)
	return bytes.Clone(head), tail, nil
}

// yamlSink keeps the findings: YAML has the fields sorted, and so not all that
// stands before them is known.
type yamlSink struct {
	out      io.Writer
	findings []reportv1alpha1.TestFinding
}

func (s *yamlSink) found(r review.Reviewed) error {
	s.findings = append(s.findings, findings(r)...)
	return nil
}

func (s *yamlSink) end(report reportv1alpha1.TestReport) error {
	report.Findings = append(report.Findings, s.findings...)
	text, err := manifest.YAML(report)
	if err == nil {
		_, err = io.WriteString(s.out, text)
	}
	return err
}

// gatorSink keeps the results: gator sorts them.
type gatorSink struct {
	out     io.Writer
	results []encode.GatorResult
}

func (s *gatorSink) found(r review.Reviewed) error {
	object := r.Object()
	if r.Mutated != nil {
		object = r.Mutated
	}
	for _, result := range slices.Concat(r.Violations, r.Autorejects) {
		var metadata map[string]any
		if result.Details != nil {
			metadata = map[string]any{"details": result.Details}
		}
		s.results = append(s.results, encode.GatorResult{
			Message: result.Message, Metadata: metadata, Constraint: result.Constraint, EnforcementAction: result.Action,
			ScopedActions: result.Scoped, ViolatingObject: object,
		})
	}
	return nil
}

// end prints nothing where something could not be read or reviewed, as gator
// does.
func (s *gatorSink) end(report reportv1alpha1.TestReport) error {
	if report.Summary.Errors > 0 {
		return nil
	}
	return encode.GatorJSON(s.out, s.results)
}
