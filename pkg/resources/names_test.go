package resources

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestNames(t *testing.T) {
	v1 := metav1.GroupVersionForDiscovery{GroupVersion: "example.com/v1", Version: "v1"}
	v2 := metav1.GroupVersionForDiscovery{GroupVersion: "example.com/v2", Version: "v2"}
	x := NewIndex(func(string) bool { return false },
		[]*metav1.APIGroup{{Name: "example.com", Versions: []metav1.GroupVersionForDiscovery{v1, v2}, PreferredVersion: v2}},
		[]*metav1.APIResourceList{
			{GroupVersion: "example.com/v1", APIResources: []metav1.APIResource{{Name: "toys", Kind: "Toy"}, {Name: "toys/status", Kind: "Toy"}}},
			{GroupVersion: "example.com/v2", APIResources: []metav1.APIResource{
				{Name: "toys", SingularName: "toy", Kind: "Toy", ShortNames: []string{"ty"}, Namespaced: true},
			}},
		})
	want := []Names{
		{Resource{"example.com", "v2", "toys", "Toy", true}, "toy", []string{"ty"}},
		{Resource{"example.com", "v1", "toys", "Toy", false}, "", nil},
	}
	got := x.Names()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	got[0].Short[0] = "changed"
	if diff := cmp.Diff(want, x.Names()); diff != "" {
		t.Errorf("what is returned is the index's own: %s", diff)
	}
}
