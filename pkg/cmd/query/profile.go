package query

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery"
)

// profile are the flags of "opa eval" about where time is spent.
type profile struct {
	flags *pflag.FlagSet
	on    bool
	limit int
	sort  []string
}

func (p *profile) add(set *pflag.FlagSet) {
	p.flags = set
	orders := slices.Sorted(slices.Values(kubequery.ProfileOrders))
	set.BoolVar(&p.on, "profile", false, "Report how often expressions were evaluated, and how long that took.")
	set.IntVar(&p.limit, "profile-limit", 10, "How many lines --profile reports, 0 for all.")
	set.StringSliceVar(&p.sort, "profile-sort", nil,
		"What --profile sorts by: "+strings.Join(orders, ", ")+". Several can be given. By default total_time_ns, and in JSON then by file and line.")
	cli.Offer(set, "profile-sort", orders...)
}

// to says what to observe. A flag about the profile asks for one.
func (p *profile) to(observe *kubequery.Observe) error {
	for _, order := range p.sort {
		if !slices.Contains(kubequery.ProfileOrders, order) {
			return advice.Errorf("choose among "+strings.Join(slices.Sorted(slices.Values(kubequery.ProfileOrders)), ", "), "unknown --profile-sort %q", order)
		}
	}
	if p.limit < 0 {
		return advice.Errorf("give 0 for all", "--profile-limit %d is negative", p.limit)
	}
	if p.on || p.flags.Changed("profile-limit") || p.flags.Changed("profile-sort") {
		observe.Profile, observe.ProfileLimit, observe.ProfileSort = true, p.limit, p.sort
	}
	return nil
}

// writeProfile prints a profile as the table of "opa eval".
func writeProfile(out io.Writer, costs []kubequery.Cost) error {
	rows := [][]string{}
	for _, cost := range costs {
		rows = append(rows, []string{
			time.Duration(cost.Time).String(), strconv.Itoa(cost.Evals), strconv.Itoa(cost.Redos), strconv.Itoa(cost.Expressions),
			fmt.Sprintf("%s:%d", nameOf(cost.Place.File), cost.Place.Row),
		})
	}
	return writeGrid(out, []string{"Time", "Num Eval", "Num Redo", "Num Gen Expr", "Location"}, rows)
}

// nameOf is the name of a file, or of what has none.
func nameOf(file string) string {
	if file == "" {
		return "query"
	}
	return file
}

// byPlace is a profile in an order that does not depend on the time.
func byPlace(costs []kubequery.Cost) []kubequery.Cost {
	return slices.SortedStableFunc(slices.Values(costs), func(a, b kubequery.Cost) int {
		if c := strings.Compare(a.Place.File, b.Place.File); c != 0 {
			return c
		}
		return a.Place.Row - b.Place.Row
	})
}
