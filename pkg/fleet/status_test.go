package fleet_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	"github.com/kubectl-opa/kubectl-opa/pkg/fleet"
)

// constraint is one of kind K; change spoils it.
func constraint(namespace, name string, change func(*kubermaticv1.Constraint)) kubermaticv1.Constraint {
	c := kubermaticv1.Constraint{Spec: kubermaticv1.ConstraintSpec{ConstraintType: "K"}}
	c.Namespace, c.Name = namespace, name
	if change != nil {
		change(&c)
	}
	return c
}

// copied is what KKP makes of a Default Constraint.
func copied(namespace, name string, change func(*kubermaticv1.Constraint)) kubermaticv1.Constraint {
	return constraint(namespace, name, func(c *kubermaticv1.Constraint) {
		c.Labels = map[string]string{"default": name}
		c.Spec.Match = &kubermaticv1.Match{LabelSelector: &metav1.LabelSelector{}, NamespaceSelector: &metav1.LabelSelector{}}
		c.Spec.Selector = &kubermaticv1.ClusterSelector{}
		if change != nil {
			change(c)
		}
	})
}

func template(kind string, selector *kubermaticv1.ClusterSelector) kubermaticv1.ConstraintTemplate {
	t := kubermaticv1.ConstraintTemplate{}
	t.Name, t.Spec.CRD.Spec.Names.Kind, t.Spec.Selector = kind, kind, selector
	return t
}

func going(c *kubermaticv1.Constraint) { c.DeletionTimestamp = &metav1.Time{} }

func dryrun(c *kubermaticv1.Constraint) { c.Spec.EnforcementAction = "dryrun" }

// status is that of a cluster of cluster() with nothing in it, as one template
// selects it; change says what is different.
func status(id string, change func(*fleet.Status)) fleet.Status {
	one := 1
	s := fleet.Status{
		Cluster: id, Name: "name-" + id, Provider: "aws", Namespace: "cluster-" + id, OPA: true,
		Templates: &one, Constraints: found(nil),
	}
	if change != nil {
		change(&s)
	}
	return s
}

func found(change func(*fleet.Constraints)) *fleet.Constraints {
	c := &fleet.Constraints{
		InSync: []string{}, Drifted: []string{}, Missing: []string{}, Waiting: []string{}, Shadowed: []string{},
		Zombies: []string{}, Own: []string{}, NoTemplate: []string{}, Deleting: []string{},
	}
	if change != nil {
		change(c)
	}
	return c
}

func TestStatuses(t *testing.T) {
	onlyGCP := &kubermaticv1.ClusterSelector{Providers: []string{"gcp"}}
	kinds := []kubermaticv1.ConstraintTemplate{template("K", nil)}
	inDefault := func(name string, change func(*kubermaticv1.Constraint)) kubermaticv1.Constraint {
		return constraint("kubermatic", name, change)
	}
	filtered := func(c *kubermaticv1.Constraint) { c.Spec.Selector = onlyGCP }
	one, two := 1, 2
	for name, tc := range map[string]struct {
		seed fleet.Seed
		want []fleet.Status
	}{
		"nothing": {fleet.Seed{}, []fleet.Status{}},
		"unreadable": {
			fleet.Seed{Clusters: []kubermaticv1.Cluster{cluster("a", nil)}},
			[]fleet.Status{status("a", func(s *fleet.Status) { s.Templates, s.Constraints = nil, nil })},
		},
		"templates unreadable": {
			fleet.Seed{
				Clusters:    []kubermaticv1.Cluster{cluster("a", nil)},
				Constraints: []kubermaticv1.Constraint{constraint("cluster-a", "mine", nil)},
			},
			[]fleet.Status{status("a", func(s *fleet.Status) {
				s.Templates = nil
				s.Constraints = found(func(c *fleet.Constraints) { c.Own, c.NoTemplate = []string{"mine"}, nil })
			})},
		},
		"every state of a Default Constraint": {
			fleet.Seed{
				Clusters:  []kubermaticv1.Cluster{cluster("b", nil), cluster("a", nil)},
				Templates: kinds,
				Constraints: []kubermaticv1.Constraint{
					inDefault("same", nil),
					inDefault("missing", nil),
					inDefault("disabled", func(c *kubermaticv1.Constraint) { c.Spec.Disabled = true }),
					inDefault("drifted", nil),
					inDefault("relabelled", nil),
					inDefault("taken", nil),
					inDefault("filtered", filtered),
					inDefault("going", going),
					copied("cluster-a", "same", nil),
					copied("cluster-a", "drifted", dryrun),
					copied("cluster-a", "relabelled", func(c *kubermaticv1.Constraint) { c.Labels["default"] = "same" }),
					constraint("cluster-a", "taken", nil),
					copied("cluster-a", "filtered", nil),
					copied("cluster-a", "going", nil),
					copied("cluster-a", "gone", nil),
					copied("cluster-a", "disabled", going),
					constraint("cluster-a", "mine", func(c *kubermaticv1.Constraint) { c.Spec.ConstraintType = "L" }),
					constraint("cluster-a", "hangs", func(c *kubermaticv1.Constraint) { going(c); c.Spec.ConstraintType = "L" }),
					copied("cluster-b", "same", nil), copied("cluster-b", "missing", nil),
					copied("cluster-b", "disabled", func(c *kubermaticv1.Constraint) { c.Spec.Disabled = true }),
					copied("cluster-b", "drifted", nil), copied("cluster-b", "relabelled", nil), copied("cluster-b", "taken", nil),
				},
			},
			[]fleet.Status{
				status("a", func(s *fleet.Status) {
					s.Constraints = &fleet.Constraints{
						InSync: []string{"same"}, Drifted: []string{"drifted", "relabelled"}, Missing: []string{"disabled", "missing"},
						Waiting: []string{}, Shadowed: []string{"taken"}, Zombies: []string{"filtered", "going", "gone"},
						Own: []string{"mine", "taken"}, NoTemplate: []string{"hangs", "mine"}, Deleting: []string{"disabled", "hangs"},
					}
				}),
				status("b", func(s *fleet.Status) {
					s.Constraints = found(func(c *fleet.Constraints) {
						c.InSync = []string{"disabled", "drifted", "missing", "relabelled", "same", "taken"}
					})
				}),
			},
		},
		"a copy with the selector and one without": {
			fleet.Seed{
				Clusters:  []kubermaticv1.Cluster{cluster("a", nil)},
				Templates: kinds,
				Constraints: []kubermaticv1.Constraint{
					inDefault("x", func(c *kubermaticv1.Constraint) {
						c.Spec.Selector = &kubermaticv1.ClusterSelector{Providers: []string{"aws"}}
					}),
					inDefault("y", func(c *kubermaticv1.Constraint) {
						c.Spec.Selector = &kubermaticv1.ClusterSelector{Providers: []string{"aws"}}
					}),
					copied("cluster-a", "x", nil),
					copied("cluster-a", "y", func(c *kubermaticv1.Constraint) { c.Spec.Selector.Providers = []string{"aws"} }),
				},
			},
			[]fleet.Status{status("a", func(s *fleet.Status) {
				s.Constraints = found(func(c *fleet.Constraints) { c.InSync = []string{"x", "y"} })
			})},
		},
		"the Enterprise Edition filters": {
			fleet.Seed{
				Clusters:    []kubermaticv1.Cluster{cluster("a", nil)},
				Templates:   []kubermaticv1.ConstraintTemplate{template("K", nil), template("L", onlyGCP)},
				Constraints: []kubermaticv1.Constraint{inDefault("filtered", filtered)},
				Edition:     fleet.Enterprise,
			},
			[]fleet.Status{status("a", nil)},
		},
		"the Community Edition does not": {
			fleet.Seed{
				Clusters:    []kubermaticv1.Cluster{cluster("a", nil)},
				Templates:   []kubermaticv1.ConstraintTemplate{template("K", nil), template("L", onlyGCP)},
				Constraints: []kubermaticv1.Constraint{inDefault("filtered", filtered)},
				Edition:     fleet.Community,
			},
			[]fleet.Status{status("a", func(s *fleet.Status) {
				s.Templates = &two
				s.Constraints = found(func(c *fleet.Constraints) { c.Missing = []string{"filtered"} })
			})},
		},
		"a template that is being deleted is gone": {
			fleet.Seed{
				Clusters: []kubermaticv1.Cluster{cluster("a", nil)},
				Templates: []kubermaticv1.ConstraintTemplate{template("L", nil), func() kubermaticv1.ConstraintTemplate {
					t := template("K", nil)
					t.DeletionTimestamp = &metav1.Time{}
					return t
				}()},
				Constraints: []kubermaticv1.Constraint{constraint("cluster-a", "mine", nil)},
			},
			[]fleet.Status{status("a", func(s *fleet.Status) {
				s.Templates = &one
				s.Constraints = found(func(c *fleet.Constraints) { c.Own, c.NoTemplate = []string{"mine"}, []string{"mine"} })
			})},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := fleet.Statuses(tc.seed)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestStatusesWhereKKPDoesNothing holds that nothing counts as missing or
// drifted there.
func TestStatusesWhereKKPDoesNothing(t *testing.T) {
	for name, tc := range map[string]struct {
		spoil func(*kubermaticv1.Cluster)
		want  func(*fleet.Status)
	}{
		"paused":   {func(c *kubermaticv1.Cluster) { c.Spec.Pause = true }, func(s *fleet.Status) { s.Paused = true }},
		"deleting": {func(c *kubermaticv1.Cluster) { c.DeletionTimestamp = &metav1.Time{} }, func(s *fleet.Status) { s.Deleting = true }},
		"OPA off":  {func(c *kubermaticv1.Cluster) { c.Spec.OPAIntegration = nil }, func(s *fleet.Status) { s.OPA = false }},
		"no namespace": {
			func(c *kubermaticv1.Cluster) { c.Status.NamespaceName = "" },
			func(s *fleet.Status) {
				s.Namespace = ""
				s.Constraints = found(func(c *fleet.Constraints) { c.Waiting = []string{"drifted", "missing", "same", "taken"} })
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := fleet.Statuses(fleet.Seed{
				Clusters:  []kubermaticv1.Cluster{cluster("a", tc.spoil)},
				Templates: []kubermaticv1.ConstraintTemplate{template("K", nil)},
				Constraints: []kubermaticv1.Constraint{
					constraint("kubermatic", "missing", nil), constraint("kubermatic", "same", nil),
					constraint("kubermatic", "drifted", nil), constraint("kubermatic", "taken", nil),
					copied("cluster-a", "same", nil), copied("cluster-a", "drifted", dryrun), copied("cluster-a", "gone", nil),
					constraint("cluster-a", "taken", nil),
				},
			})
			if err != nil {
				t.Fatal(err)
			}
			want := status("a", func(s *fleet.Status) {
				s.Constraints = found(func(c *fleet.Constraints) {
					c.InSync, c.Waiting = []string{"same"}, []string{"drifted", "missing"}
					c.Shadowed, c.Own, c.Zombies = []string{"taken"}, []string{"taken"}, []string{"gone"}
				})
			})
			tc.want(&want)
			if diff := cmp.Diff([]fleet.Status{want}, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestStatusesWithBrokenSelectors holds that what KKP can do nothing with is
// told, and the rest judged.
func TestStatusesWithBrokenSelectors(t *testing.T) {
	broken := &kubermaticv1.ClusterSelector{LabelSelector: &metav1.LabelSelector{
		MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "a", Operator: "Is"}},
	}}
	got, err := fleet.Statuses(fleet.Seed{
		Clusters:  []kubermaticv1.Cluster{cluster("a", nil)},
		Templates: []kubermaticv1.ConstraintTemplate{template("K", nil), template("L", broken)},
		Constraints: []kubermaticv1.Constraint{
			constraint("kubermatic", "x", func(c *kubermaticv1.Constraint) { c.Spec.Selector = broken }),
			constraint("kubermatic", "y", nil),
			copied("cluster-a", "x", nil), copied("cluster-a", "y", nil),
		},
	})
	const problems = `template "L": spec.selector.labelSelector: "Is" is not a valid label selector operator
default constraint "x": spec.selector.labelSelector: "Is" is not a valid label selector operator`
	if err == nil || err.Error() != problems {
		t.Errorf("error %v", err)
	}
	want := status("a", func(s *fleet.Status) {
		s.Constraints = found(func(c *fleet.Constraints) { c.InSync = []string{"y"} })
	})
	if diff := cmp.Diff([]fleet.Status{want}, got); diff != "" {
		t.Error(diff)
	}
}
