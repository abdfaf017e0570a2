package setup

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
)

const (
	// DefaultContainer is how a container with OPA is called where nothing else is
	// known.
	DefaultContainer = "opa"
	// setVariable is the --set of "opa run" as an environment variable. OPA
	// ignores it where the flag is given.
	setVariable = "OPA_RUN_SET"

	mountPath = "/kubernetes-api-client"
	// bundleName is what OPA calls the bundle.
	bundleName = "kubernetes-api-client"
)

// setting lets OPA load the bundle beside whatever else it loads, and load it
// again when the ConfigMap changes.
func setting() string {
	return "bundles." + bundleName + ".resource=file://" + path.Join(mountPath, BundleKey)
}

// Patch is what a Deployment with OPA must have in addition, as a strategic
// merge patch. An empty container is the default one.
func (o Options) Patch(deployment, container string) *unstructured.Unstructured {
	connected := corev1.Container{Name: cmp.Or(container, DefaultContainer)}
	o.connect(&connected)
	return o.patch(deployment, connected)
}

// PatchOf is Patch for a Deployment that is known. The errors are those of
// Connect.
func (o Options) PatchOf(deployment *unstructured.Unstructured, container string) (*unstructured.Unstructured, error) {
	pod, i, err := containerOf(deployment, container)
	if err != nil {
		return nil, err
	}
	known := pod.Containers[i]
	connected := corev1.Container{Name: known.Name, Command: known.Command, Args: slices.Clone(known.Args)}
	o.connect(&connected)
	connected.Command = nil
	if slices.Equal(connected.Args, known.Args) {
		connected.Args = nil
	}
	return o.patch(deployment.GetName(), connected), nil
}

func (o Options) patch(deployment string, container corev1.Container) *unstructured.Unstructured {
	patch := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "apps/v1", "kind": "Deployment"}}
	patch.SetName(deployment)
	patch.SetNamespace(o.Namespace)
	pod := corev1.PodSpec{Containers: []corev1.Container{container}, Volumes: []corev1.Volume{o.volume()}}
	spec, err := runtime.DefaultUnstructuredConverter.ToUnstructured(&pod)
	if err != nil {
		panic(fmt.Sprintf("converting a Pod of this package: %v", err)) // its types are Kubernetes' own
	}
	delete(spec["containers"].([]any)[0].(map[string]any), "resources") // it is there though it is empty
	patch.Object["spec"] = map[string]any{"template": map[string]any{"spec": spec}}
	return patch
}

// Connect puts into a Deployment what it must have, where it is not there yet,
// and changes nothing else. An empty container is the one that is called opa,
// or has OPA's image, or is the only one. The error says that there is no such
// container.
func (o Options) Connect(deployment *unstructured.Unstructured, container string) error {
	pod, i, err := containerOf(deployment, container)
	if err != nil {
		return err
	}
	o.connect(&pod.Containers[i])
	pod.Volumes = put(pod.Volumes, o.volume(), func(v corev1.Volume) string { return v.Name })
	// Only these fields are written back, so that no other field of a newer API
	// gets lost.
	return o.writeBack(deployment, pod, i)
}

// connect puts into a container what it must have.
func (o Options) connect(container *corev1.Container) {
	name := func(v corev1.EnvVar) string { return v.Name }
	for _, variable := range o.credentials() {
		container.Env = put(container.Env, variable, name)
	}
	container.VolumeMounts = put(container.VolumeMounts, o.mount(), func(m corev1.VolumeMount) string { return m.MountPath })
	if !givesSet(container.Args) && !givesSet(container.Command) {
		container.Env = put(container.Env, corev1.EnvVar{Name: setVariable, Value: setting()}, name)
		return
	}
	if argument := "--set=" + setting(); !slices.Contains(container.Args, argument) {
		container.Args = append(container.Args, argument)
	}
}

// givesSet tells whether --set is among arguments: then OPA does not look at
// the environment.
func givesSet(args []string) bool {
	return slices.ContainsFunc(args, func(arg string) bool { return arg == "--set" || strings.HasPrefix(arg, "--set=") })
}

func (o Options) writeBack(deployment *unstructured.Unstructured, pod corev1.PodSpec, i int) error {
	converted, err := runtime.DefaultUnstructuredConverter.ToUnstructured(&pod)
	if err != nil {
		return fmt.Errorf("changing deployment %q: %w", deployment.GetName(), err)
	}
	containers, _, err := unstructured.NestedSlice(deployment.Object, "spec", "template", "spec", "containers")
	if err != nil {
		return fmt.Errorf("changing deployment %q: %w", deployment.GetName(), err)
	}
	changed := converted["containers"].([]any)[i].(map[string]any)
	container, ok := containers[i].(map[string]any)
	if !ok {
		return fmt.Errorf("changing deployment %q: container %d is no object", deployment.GetName(), i)
	}
	for _, field := range []string{"env", "volumeMounts", "args"} {
		if value, ok := changed[field]; ok {
			container[field] = value
		}
	}
	if err := unstructured.SetNestedSlice(deployment.Object, containers, "spec", "template", "spec", "containers"); err != nil {
		return fmt.Errorf("changing deployment %q: %w", deployment.GetName(), err)
	}
	return unstructured.SetNestedField(deployment.Object, converted["volumes"], "spec", "template", "spec", "volumes")
}

// containerOf is the Pod of a Deployment, and which of its containers has OPA.
func containerOf(deployment *unstructured.Unstructured, name string) (corev1.PodSpec, int, error) {
	var pod corev1.PodSpec
	spec, found, err := unstructured.NestedMap(deployment.Object, "spec", "template", "spec")
	if err != nil || !found {
		return pod, 0, fmt.Errorf("reading deployment %q: it has no spec.template.spec", deployment.GetName())
	}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(spec, &pod); err != nil {
		return pod, 0, fmt.Errorf("reading deployment %q: %w", deployment.GetName(), err)
	}
	i, err := findContainer(deployment.GetName(), pod.Containers, name)
	return pod, i, err
}

// findContainer finds the container with OPA.
func findContainer(deployment string, containers []corev1.Container, name string) (int, error) {
	names := []string{}
	for _, container := range containers {
		names = append(names, container.Name)
	}
	for _, is := range []func(corev1.Container) bool{
		func(c corev1.Container) bool { return c.Name == name },
		func(c corev1.Container) bool { return name == "" && c.Name == DefaultContainer },
		func(c corev1.Container) bool { return name == "" && strings.Contains(c.Image, "openpolicyagent/opa") },
		func(corev1.Container) bool { return name == "" && len(containers) == 1 },
	} {
		if i := slices.IndexFunc(containers, is); i >= 0 {
			return i, nil
		}
	}
	what := "which container of deployment %q has OPA cannot be told"
	if name != "" {
		what = "deployment %q has no container " + advice.Quote(name)
	}
	return 0, advice.Errorf("name one of them with --container: "+strings.Join(names, ", "), what, deployment)
}

// put replaces an element of the same key, or adds it.
func put[T any](list []T, element T, key func(T) string) []T {
	if i := slices.IndexFunc(list, func(e T) bool { return key(e) == key(element) }); i >= 0 {
		list[i] = element
		return list
	}
	return append(list, element)
}

// credentials are the variables that come from the Secret.
func (o Options) credentials() []corev1.EnvVar {
	from := func(name, key string) corev1.EnvVar {
		return corev1.EnvVar{Name: name, ValueFrom: &corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{
			LocalObjectReference: corev1.LocalObjectReference{Name: o.Name}, Key: key,
		}}}
	}
	return []corev1.EnvVar{from(TokenVariable, corev1.ServiceAccountTokenKey), from(CAVariable, corev1.ServiceAccountRootCAKey)}
}

func (o Options) mount() corev1.VolumeMount {
	return corev1.VolumeMount{Name: o.Name, MountPath: mountPath, ReadOnly: true}
}

// volume says its mode as the API server does when none is given, so that what
// is there and what should be are the same.
func (o Options) volume() corev1.Volume {
	mode := corev1.ConfigMapVolumeSourceDefaultMode
	return corev1.Volume{Name: o.Name, VolumeSource: corev1.VolumeSource{ConfigMap: &corev1.ConfigMapVolumeSource{
		LocalObjectReference: corev1.LocalObjectReference{Name: o.Name}, DefaultMode: &mode,
	}}}
}
