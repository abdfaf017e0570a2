// Package offline answers queries from manifests instead of a cluster, as the
// API server would answer once they are applied (kubequery.Cluster).
//
// What is served is what a stock API server serves (resources.BuiltIn, made from
// the discovery of a real one), what the CRDs among the manifests define, and
// what their other objects must come from.
//
// Nothing is made up: what an API server or a controller would fill in is there
// only if the manifests have it, as those of a "kubectl get -o yaml" do. That
// goes for defaults (a Pod's restartPolicy), for status and for metadata such
// as uid; only the namespace of an object that names none is "default". Nothing
// is checked against a schema, and nothing converted: to ask for a version that
// an object is not written in is an error.
package offline
