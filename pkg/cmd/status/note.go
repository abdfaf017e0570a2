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
	n.add(cluster.Unreachable != "", "unreachable", ui.Bad)
	if found := cluster.Gatekeeper; found != nil {
		n.addFailing(found)
		n.addOrigin("template", found.Templates.Origin)
		n.addOrigin("", found.Constraints.Origin)
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
	n.tone = louder(n.tone, tone)
}

// louder is the worse of two tones.
func louder(one, other ui.Tone) ui.Tone {
	if loudness[other] > loudness[one] {
		return other
	}
	return one
}

var loudness = map[ui.Tone]int{ui.Plain: 0, ui.Faint: 1, ui.Warn: 2, ui.Bad: 3}

// addFailing names what Gatekeeper itself says something is wrong with.
func (n *noteCell) addFailing(found *reportv1alpha1.GatekeeperStatus) {
	if found.Templates != nil {
		n.addNames("failing template", found.Templates.Failing, ui.Bad)
	}
	if found.Constraints != nil {
		n.addNames("failing", found.Constraints.Failing, ui.Bad)
	}
}

// addOrigin names what is on a user cluster and should be otherwise, as far as
// KKP has to do with it.
func (n *noteCell) addOrigin(noun string, origin *reportv1alpha1.Origin) {
	if origin == nil {
		return
	}
	for _, list := range []struct {
		problem string
		names   []string
		tone    ui.Tone
	}{
		{"not there", origin.Missing, ui.Bad},
		{"changed there", origin.Drifted, ui.Bad},
		{"left over there", origin.Leftover, ui.Warn},
		{"by hand there", origin.ByHand, ui.Faint},
	} {
		n.addNames(strings.TrimSpace(noun+" "+list.problem), list.names, list.tone)
	}
}

// addNames lists names, of many only some: the machine report has all.
func (n *noteCell) addNames(label string, names []string, tone ui.Tone) {
	const most = 3
	text := strings.Join(names[:min(len(names), most)], ", ")
	if more := len(names) - most; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	n.add(len(names) > 0, label+": "+text, tone)
}
