package object

import (
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/duration"

	"github.com/kubectl-opa/kubectl-opa/pkg/ui"
)

// Age says how old an object is, as kubectl does.
func Age(object *unstructured.Unstructured, now time.Time) ui.Cell {
	created := object.GetCreationTimestamp()
	if created.IsZero() {
		return ui.Text("<unknown>")
	}
	return Since(created.Time, now)
}

// Since says how long ago something was.
func Since(at, now time.Time) ui.Cell { return ui.Text(duration.HumanDuration(now.Sub(at))) }

// Unreadable is the cell of an object that does not have the fields of its
// kind.
func Unreadable(err error) ui.Cell {
	return ui.Cell{Text: "unreadable: " + err.Error(), Tone: ui.Bad}
}
