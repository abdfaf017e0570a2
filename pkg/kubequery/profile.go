package kubequery

import (
	"slices"

	"github.com/open-policy-agent/opa/v1/profiler"
)

// Cost is what the expressions of one line cost, in the form that "opa eval"
// prints.
type Cost struct {
	// Time is how long they took, in nanoseconds.
	Time int64 `json:"total_time_ns"`
	// Evals is how often they were evaluated, Redos how often again, for
	// another solution.
	Evals int `json:"num_eval"`
	Redos int `json:"num_redo"`
	// Expressions is how many there are: OPA makes several of a nested one.
	Expressions int       `json:"num_gen_expr"`
	Place       CostPlace `json:"location"`
}

// CostPlace is where the expressions stand. File is "" for the query itself,
// Row and Col count from 1.
type CostPlace struct {
	File string `json:"file"`
	Row  int    `json:"row"`
	Col  int    `json:"col"`
}

// ProfileOrders are what a profile can be sorted by, largest first, in the
// words of "opa eval". The first ones are the order where none is given.
var ProfileOrders = []string{"total_time_ns", "num_eval", "num_redo", "file", "line", "num_gen_expr"}

// costs are the most important lines of a profile.
func costs(p *profiler.Profiler, observe Observe) []Cost {
	order := slices.Clone(observe.ProfileSort)
	for _, criterion := range ProfileOrders {
		if !slices.Contains(order, criterion) {
			order = append(order, criterion)
		}
	}
	all := []Cost{}
	for _, stats := range p.ReportTopNResults(observe.ProfileLimit, order) {
		all = append(all, Cost{
			Time: stats.ExprTimeNs, Evals: stats.NumEval, Redos: stats.NumRedo, Expressions: stats.NumGenExpr,
			Place: CostPlace{stats.Location.File, stats.Location.Row, stats.Location.Col},
		})
	}
	return all
}
