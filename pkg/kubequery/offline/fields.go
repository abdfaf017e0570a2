package offline

import (
	"fmt"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// reading gives the value of a field in an object, as a field selector has it.
type reading func(object map[string]any) string

// selectable are the fields by which objects of a kind can be selected.
type selectable struct {
	// fields are those beside metadata.name and metadata.namespace.
	fields map[string]reading
	// nowhere says that metadata.namespace is none of them.
	nowhere bool
	// refusal is the message about another field, as a format of its label.
	refusal string
}

const notSupported = "field label not supported: %s"

// selectables are the kinds of Kubernetes that have fields of their own: see
// AddFieldLabelConversionFunc in k8s.io/kubernetes/pkg/apis, and the functions
// called SelectableFields or so in k8s.io/kubernetes/pkg/registry.
var selectables = map[schema.GroupResource]selectable{
	{Resource: "pods"}:                             {fields: ofPods(), refusal: notSupported},
	{Resource: "events"}:                           {fields: ofEvents("involvedObject", "reportingComponent", "source"), refusal: notSupported},
	{Group: "events.k8s.io", Resource: "events"}:   {fields: ofEvents("regarding", "reportingController", ""), refusal: notSupported},
	{Resource: "secrets"}:                          {fields: texts("type"), refusal: notSupported},
	{Resource: "services"}:                         {fields: texts("spec.clusterIP", "spec.type"), refusal: notSupported},
	{Resource: "nodes"}:                            {fields: map[string]reading{"spec.unschedulable": flag("spec.unschedulable")}, nowhere: true, refusal: notSupported},
	{Resource: "namespaces"}:                       {fields: texts("status.phase"), nowhere: true, refusal: notSupported},
	{Resource: "replicationcontrollers"}:           {fields: map[string]reading{"status.replicas": number("status.replicas")}, refusal: notSupported},
	{Group: "batch", Resource: "jobs"}:             {fields: map[string]reading{"status.successful": number("status.succeeded")}, refusal: "field label %q not supported for Job"},
	{Group: "certificates.k8s.io", Resource: csrs}: {fields: texts("spec.signerName"), nowhere: true, refusal: notSupported},
	{Group: "resource.k8s.io", Resource: "resourceslices"}: {
		fields: texts("spec.nodeName", "spec.driver"), nowhere: true,
		refusal: "field label not supported for resource.k8s.io/v1, Kind=ResourceSlice: %s",
	},
}

const csrs = "certificatesigningrequests"

func ofPods() map[string]reading {
	all := texts("spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "status.phase", "status.nominatedNodeName")
	all["spec.host"] = all["spec.nodeName"]
	all["spec.serviceAccountName"] = either(text("spec.serviceAccountName"), text("spec.serviceAccount"))
	all["spec.hostNetwork"] = flag("spec.hostNetwork")
	all["status.podIP"] = podIP
	all["status.podIPs"] = func(map[string]any) string { return "" } // accepted, and never looked at
	return all
}

// ofEvents are the fields of the two APIs of events, under the names of each.
func ofEvents(about, reporter, source string) map[string]reading {
	all := texts("reason", "type", reporter)
	for _, field := range []string{"kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath"} {
		all[about+"."+field] = text(about + "." + field)
	}
	if source != "" {
		all[source] = either(text(source+".component"), text(reporter))
	}
	return all
}

func texts(paths ...string) map[string]reading {
	all := map[string]reading{}
	for _, path := range paths {
		all[path] = text(path)
	}
	return all
}

// text reads a field of any scalar type, which is "" where it is missing.
func text(path string) reading {
	steps := strings.Split(path, ".")
	return func(object map[string]any) string {
		value, _, _ := unstructured.NestedFieldNoCopy(object, steps...)
		if value == nil {
			return ""
		}
		return fmt.Sprint(value)
	}
}

func number(path string) reading { return orZero(path, strconv.Itoa(0)) }

func flag(path string) reading { return orZero(path, strconv.FormatBool(false)) }

// orZero reads a field that has a value in Go's types where it is missing.
func orZero(path, zero string) reading {
	read := text(path)
	return func(object map[string]any) string { return orElse(read(object), zero) }
}

func either(first, second reading) reading {
	return func(object map[string]any) string { return orElse(first(object), second(object)) }
}

// podIP is the first of a Pod's addresses.
func podIP(object map[string]any) string {
	all, _, _ := unstructured.NestedSlice(object, "status", "podIPs")
	if len(all) > 0 {
		first, _ := all[0].(map[string]any)
		return text("ip")(first)
	}
	return text("status.podIP")(object)
}

// selectable are the fields of a kind in a version. It is not special where the
// kind has the two fields that all have.
func (k *kind) selectable(version string) (s selectable, special bool) {
	if k.origin == builtin {
		s, special = selectables[k.groupResource()]
		return s, special
	}
	return selectable{fields: texts(k.fields[version]...), nowhere: !k.names.Namespaced, refusal: notSupported}, true
}

// fieldSelector reads a field selector as the API server does. The error is
// what it answers.
func (k *kind) fieldSelector(version, text string) (fields.Selector, error) {
	selector, err := fields.ParseSelector(text)
	if err != nil {
		return nil, err
	}
	s, special := k.selectable(version)
	if !special {
		return selector.Transform(runtime.DefaultMetaV1FieldSelectorConversion)
	}
	return selector.Transform(func(label, value string) (string, string, error) {
		if s.fields[label] == nil && label != "metadata.name" && (label != "metadata.namespace" || s.nowhere) {
			return "", "", fmt.Errorf(s.refusal, label)
		}
		return label, value, nil
	})
}

// values are the fields of one object (fields.Fields).
type values struct {
	selectable
	object *object
}

// Has implements fields.Fields.
func (v values) Has(string) bool { return true }

// Get implements fields.Fields.
func (v values) Get(label string) string {
	switch namespace, name, namespaced := strings.Cut(v.object.key, "/"); {
	case label == "metadata.name" && namespaced:
		return name
	case label == "metadata.name":
		return v.object.key
	case label == "metadata.namespace" && namespaced:
		return namespace
	}
	if read := v.fields[label]; read != nil {
		return read(v.object.value)
	}
	return ""
}
