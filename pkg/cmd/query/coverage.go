package query

import (
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	reportv1alpha1 "github.com/kubectl-opa/kubectl-opa/pkg/api/report/v1alpha1"
	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery"
)

// writeCoverage prints of each file how much of it was evaluated, and which
// lines were not.
func writeCoverage(out io.Writer, coverage kubequery.Coverage) error {
	rows := [][]string{}
	for _, name := range slices.Sorted(maps.Keys(coverage.Files)) {
		file := coverage.Files[name]
		rows = append(rows, []string{name, percent(file.Percent), lines(file.NotCovered)})
	}
	rows = append(rows, []string{"all", percent(coverage.Percent), ""})
	return writeGrid(out, []string{"File", "Covered", "Lines not covered"}, rows)
}

// percent is rounded down: what is less than whole, or than a threshold, does
// not look as if it were not.
func percent(share float64) string {
	const inexact = 1e-6 // what binary fractions lack
	return fmt.Sprintf("%.1f %%", math.Floor(share*10+inexact)/10)
}

// lineRanges are the lines that ranges of code touch, without gaps between
// neighbours.
func lineRanges(ranges []kubequery.CodeRange) []reportv1alpha1.LineRange {
	all := []reportv1alpha1.LineRange{}
	for _, each := range ranges {
		if last := len(all) - 1; last >= 0 && each.Start.Row <= all[last].Last+1 {
			all[last].Last = max(all[last].Last, each.End.Row)
			continue
		}
		all = append(all, reportv1alpha1.LineRange{First: each.Start.Row, Last: each.End.Row})
	}
	return all
}

// lines are ranges as people write them, such as "3-5, 9".
func lines(ranges []kubequery.CodeRange) string {
	texts := []string{}
	for _, each := range lineRanges(ranges) {
		text := strconv.Itoa(each.First)
		if each.Last > each.First {
			text += "-" + strconv.Itoa(each.Last)
		}
		texts = append(texts, text)
	}
	return strings.Join(texts, ", ")
}
