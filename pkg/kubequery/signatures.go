package kubequery

// Signature says which arguments of a function of the client say what. The
// first one is the resource always.
type Signature struct {
	// Name is the argument that names one object, counted from 0; it is 0 where
	// the function lists.
	Name int
	// Namespace is the argument that names the namespace; it is 0 where the
	// function asks in all of them, or for what has none.
	Namespace int
}

// signatures are those of all functions of the client.
var signatures = map[string]Signature{
	"query_name_ns":           {Name: 1, Namespace: 2},
	"query_label_selector_ns": {Namespace: 2},
	"query_all":               {},
	"query_ns":                {Namespace: 1},
	"query_name":              {Name: 1},
	"query_label_selector":    {},
	"query_field_selector_ns": {Namespace: 2},
}

// Gets tells whether the function gets one object; else it lists.
func (s Signature) Gets() bool { return s.Name > 0 }

// FunctionOf tells of a function, by its full name in a compiled policy, which
// one of the client it is: one of its package, or the builtin behind it.
func FunctionOf(fullName string) (name string, signature Signature, ok bool) {
	name, ok = source(fullName)
	if ok {
		signature, ok = signatures[name]
	}
	return name, signature, ok
}
