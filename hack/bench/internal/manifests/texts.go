package manifests

import (
	"iter"
	"strings"

	"github.com/kubectl-opa/kubectl-opa/hack/bench/internal/pods"
)

// What stands in a text for what differs from Pod to Pod.
const (
	nameMark  = "POD-NAME"
	ownerMark = "POD-OWNER"
	imageMark = "POD-IMAGE"
)

// Documents are the texts of the Pods, in order. They are what Documents of All
// is, but made fast enough that no program has to wait for them where Pods of one
// workload with the same fault differ in few places.
func (p Pods) Documents(format Format) iter.Seq2[[]byte, error] {
	type like struct {
		workload int
		fault    Fault
	}
	if p.Unlike {
		return Documents(format, p.All())
	}
	return func(yield func([]byte, error) bool) {
		texts := map[like]string{}
		for number := range p.Count {
			key := like{pods.Company.Model(number), p.fault(number)}
			text, there := texts[key]
			if !there {
				var err error
				if text, err = model(format, number, key.fault); err != nil {
					yield(nil, err)
					return
				}
				texts[key] = text
			}
			fill := strings.NewReplacer(nameMark, pods.Company.Name(number).Name, ownerMark, owner(number), imageMark, image(number))
			if !yield([]byte(fill.Replace(text)), nil) {
				return
			}
		}
	}
}

// model is the text of a Pod with marks for what differs.
func model(format Format, number int, fault Fault) (string, error) {
	pod := sound(number)
	pod.Name = nameMark
	pod.Labels[ownerLabel] = ownerMark
	pod.Spec.Containers[0].Image = imageMark
	spoil(pod, fault)
	text, err := document(format, pod)
	return string(text), err
}
