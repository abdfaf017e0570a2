package kubequery

import (
	"maps"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/cover"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// Coverage is which lines of policies were evaluated, in the form that "opa
// eval" and "opa test" print. The client itself is not counted.
//
// OPA evaluates twice more, to say of a line why it was not evaluated. That is
// left out: it would ask the cluster what the policy itself does not ask.
type Coverage struct {
	Files           map[string]FileCoverage `json:"files"`
	CoveredLines    int                     `json:"covered_lines"`
	NotCoveredLines int                     `json:"not_covered_lines"`
	// Percent is the covered part of all lines that count, 0 where none does.
	Percent float64 `json:"coverage"`
}

// FileCoverage is Coverage of one file.
type FileCoverage struct {
	Covered         []CodeRange `json:"covered,omitempty"`
	NotCovered      []CodeRange `json:"not_covered,omitempty"`
	CoveredLines    int         `json:"covered_lines,omitempty"`
	NotCoveredLines int         `json:"not_covered_lines,omitempty"`
	Percent         float64     `json:"coverage,omitempty"`
}

// CodeRange is a piece of a file. Its end is the position behind it.
type CodeRange struct {
	Start Location `json:"start"`
	End   Location `json:"end"`
}

// covered is what a tracer saw of the modules.
func covered(tracer *cover.Cover, modules map[string]*ast.Module) Coverage {
	own := maps.Clone(modules)
	delete(own, clientFile)
	report := tracer.Report(own)
	coverage := Coverage{
		Files:        map[string]FileCoverage{},
		CoveredLines: report.CoveredLines, NotCoveredLines: report.NotCoveredLines, Percent: report.Coverage,
	}
	for name, file := range report.Files {
		coverage.Files[name] = FileCoverage{
			Covered: ranges(file.Covered), NotCovered: ranges(file.NotCovered),
			CoveredLines: file.CoveredLines, NotCoveredLines: file.NotCoveredLines, Percent: file.Coverage,
		}
	}
	return coverage
}

func ranges(all []cover.Range) []CodeRange {
	converted := []CodeRange{}
	for _, each := range all {
		converted = append(converted, CodeRange{Location(each.Start), Location(each.End)})
	}
	return converted
}

// ownCode keeps the client out of a tracer of policies.
type ownCode struct{ topdown.QueryTracer }

// TraceEvent implements topdown.QueryTracer.
func (o ownCode) TraceEvent(event topdown.Event) {
	if event.Location == nil || event.Location.File != clientFile {
		o.QueryTracer.TraceEvent(event)
	}
}
