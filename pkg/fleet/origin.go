package fleet

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
)

// Origin says what KKP has to do with the objects on a user cluster. KKP
// labels nothing there: kind and name tell. Each list is sorted.
type Origin struct {
	// InSync mean what KKP wants them to.
	InSync []string
	// Drifted mean something else, or come from an object that KKP cannot sync.
	Drifted []string
	// Missing are wanted and not there.
	Missing []string
	// Leftover come from an object of KKP that does not want them there any
	// more: it is disabled, being deleted, for other clusters, or has changed its
	// kind.
	Leftover []string
	// ByHand are nobody's.
	ByHand []string
}

// Installed compares what is on a user cluster with what KKP wants there.
type Installed struct {
	// Templates and Constraints, as KIND/NAME, are nil where KKP's could not be
	// read.
	Templates, Constraints *Origin
	// Pending says what KKP has still to bring, a line each. What it cannot
	// bring, as no template makes its kind, is not among it.
	Pending []string
}

// Compare compares the Gatekeeper objects on a user cluster with those that
// KKP makes of its seed.
func Compare(cluster *kubermaticv1.Cluster, seed Seed, templates, constraints []*unstructured.Unstructured) Installed {
	found := Installed{Pending: []string{}}
	makers := map[string]*kubermaticv1.ConstraintTemplate{}
	if seed.Templates != nil {
		found.Templates = newOrigin()
		makers = found.Templates.addTemplates(cluster, seed, templates)
		found.await(cluster, "template ", found.Templates, func(string) bool { return true })
	}
	if seed.Constraints != nil {
		found.Constraints = newOrigin()
		found.Constraints.addConstraints(cluster, seed, makers, constraints)
		found.await(cluster, "constraint ", found.Constraints, func(name string) bool {
			kind, _, _ := strings.Cut(name, "/")
			return makers[kind] != nil
		})
	}
	return found
}

func newOrigin() *Origin {
	return &Origin{InSync: []string{}, Drifted: []string{}, Missing: []string{}, Leftover: []string{}, ByHand: []string{}}
}

func (i *Installed) await(cluster *kubermaticv1.Cluster, noun string, origin *Origin, possible func(name string) bool) {
	for _, list := range []problemList{{"is not on it yet", origin.Missing}, {"is another one there", origin.Drifted}} {
		for _, name := range list.names {
			if possible(name) {
				i.Pending = append(i.Pending, "cluster "+cluster.Name+": "+noun+name+" "+list.problem)
			}
		}
	}
}

// addTemplates returns the templates that KKP wants on the cluster, by the
// kind that they make.
func (o *Origin) addTemplates(cluster *kubermaticv1.Cluster, seed Seed, installed []*unstructured.Unstructured) map[string]*kubermaticv1.ConstraintTemplate {
	there := named(installed, (*unstructured.Unstructured).GetName)
	wanted, known := map[string]*kubermaticv1.ConstraintTemplate{}, map[string]bool{}
	for i := range seed.Templates {
		template := &seed.Templates[i]
		known[template.Name] = true
		selected, err := Selects(template.Spec.Selector, cluster, seed.Edition)
		if err != nil || !selected || template.DeletionTimestamp != nil {
			continue
		}
		wanted[template.Spec.CRD.Spec.Names.Kind] = template
		o.add(template.Name, there, func(object *unstructured.Unstructured) (bool, error) { return policy.EqualTemplate(template, object) })
	}
	o.addRest(there, func(object *unstructured.Unstructured) bool { return known[object.GetName()] })
	return wanted
}

func (o *Origin) addConstraints(cluster *kubermaticv1.Cluster, seed Seed, makers map[string]*kubermaticv1.ConstraintTemplate, installed []*unstructured.Unstructured) {
	there, known := named(installed, ConstraintName), map[string]bool{}
	for i := range seed.Constraints {
		constraint := &seed.Constraints[i]
		if constraint.Namespace != cluster.Status.NamespaceName || constraint.Namespace == "" {
			continue
		}
		// One of this name and another kind is what KKP leaves behind when the
		// kind is changed.
		known[constraint.Name] = true
		if constraint.DeletionTimestamp != nil || constraint.Spec.Disabled && seed.Edition != Community {
			continue
		}
		kind := constraint.Spec.ConstraintType
		o.add(kind+"/"+constraint.Name, there, func(object *unstructured.Unstructured) (bool, error) {
			return policy.EqualConstraint(constraint, makers[kind], object)
		})
	}
	o.addRest(there, func(object *unstructured.Unstructured) bool { return known[object.GetName()] })
}

// add puts what is wanted into its list, and takes it from what is there.
func (o *Origin) add(name string, there map[string]*unstructured.Unstructured, equal func(*unstructured.Unstructured) (bool, error)) {
	object := there[name]
	delete(there, name)
	list := &o.Missing
	if object != nil {
		list = &o.Drifted
		// What KKP cannot sync is not what KKP wants, whatever it is.
		if same, err := equal(object); same && err == nil {
			list = &o.InSync
		}
	}
	*list = append(*list, name)
}

// addRest puts what nobody wants into its list, and sorts all of them.
func (o *Origin) addRest(there map[string]*unstructured.Unstructured, once func(*unstructured.Unstructured) bool) {
	for name, object := range there {
		if once(object) {
			o.Leftover = append(o.Leftover, name)
		} else {
			o.ByHand = append(o.ByHand, name)
		}
	}
	for _, list := range [][]string{o.InSync, o.Drifted, o.Missing, o.Leftover, o.ByHand} {
		slices.Sort(list)
	}
}

func named(objects []*unstructured.Unstructured, name func(*unstructured.Unstructured) string) map[string]*unstructured.Unstructured {
	all := map[string]*unstructured.Unstructured{}
	for _, object := range objects {
		all[name(object)] = object
	}
	return all
}
