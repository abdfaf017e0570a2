package status

import (
	"fmt"
	"strconv"
	"strings"

	reportv1alpha1 "github.com/kubectl-opa/kubectl-opa/pkg/api/report/v1alpha1"
	"github.com/kubectl-opa/kubectl-opa/pkg/ui"
)

// note says what is special about a cluster, the worst in its tone.
func note(cluster reportv1alpha1.ClusterStatus) ui.Cell {
	n := &noteCell{}
	n.add(cluster.Deleting, "deleting", ui.Warn)
	n.add(cluster.Paused, "paused", ui.Warn)
	n.add(cluster.Namespace == "", "no namespace yet", ui.Warn)
	if c := cluster.Constraints; c != nil {
		n.addNames("missing", c.Missing, ui.Bad)
		n.addNames("drifted", c.Drifted, ui.Bad)
		n.addNames("shadowed", c.Shadowed, ui.Warn)
		n.addNames("zombie", c.Zombies, ui.Bad)
		n.addNames("no template", c.NoTemplate, ui.Bad)
		n.addNames("being deleted", c.Deleting, ui.Warn)
		n.add(len(c.Waiting) > 0, "waiting: "+strconv.Itoa(len(c.Waiting)), ui.Faint)
	}
	return ui.Cell{Text: strings.Join(n.parts, "; "), Tone: n.tone}
}

// noteCell is a note in the making.
type noteCell struct {
	parts []string
	tone  ui.Tone
}

func (n *noteCell) add(holds bool, text string, tone ui.Tone) {
	if !holds {
		return
	}
	n.parts = append(n.parts, text)
	if loudness[tone] > loudness[n.tone] {
		n.tone = tone
	}
}

var loudness = map[ui.Tone]int{ui.Plain: 0, ui.Faint: 1, ui.Warn: 2, ui.Bad: 3}

// addNames lists names, of many only some: the machine report has all.
func (n *noteCell) addNames(label string, names []string, tone ui.Tone) {
	const most = 3
	text := strings.Join(names[:min(len(names), most)], ", ")
	if more := len(names) - most; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	n.add(len(names) > 0, label+": "+text, tone)
}
