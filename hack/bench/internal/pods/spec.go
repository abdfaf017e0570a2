package pods

import (
	"fmt"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// spec is what the Pod template says, on a node.
func (w workload) spec(number int) corev1.PodSpec {
	spec := corev1.PodSpec{
		NodeName:                      node(number),
		TerminationGracePeriodSeconds: new(int64(30)),
		AutomountServiceAccountToken:  new(false),
		ImagePullSecrets:              []corev1.LocalObjectReference{{Name: "registry-" + w.team}},
		SecurityContext: &corev1.PodSecurityContext{
			RunAsNonRoot: new(true), RunAsUser: new(int64(10001)), FSGroup: new(int64(10001)),
		},
		Volumes: []corev1.Volume{
			{Name: "config", VolumeSource: corev1.VolumeSource{ConfigMap: &corev1.ConfigMapVolumeSource{
				LocalObjectReference: corev1.LocalObjectReference{Name: w.name},
			}}},
			{Name: "tmp", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}},
		},
	}
	for i, image := range w.images {
		spec.Containers = append(spec.Containers, w.container(i, image))
	}
	if w.init != "" {
		spec.InitContainers = []corev1.Container{{
			Name: "migrate", Image: w.init, Args: []string{"migrate", "--wait"}, Resources: resources(0),
		}}
	}
	return spec
}

// container is the main one, number 0, or a sidecar.
func (w workload) container(number int, image string) corev1.Container {
	name := w.component
	if number > 0 {
		name = []string{"proxy", "log-shipper"}[number-1]
	}
	port := int32(8080 + number)
	c := corev1.Container{
		Name:            name,
		Image:           image,
		ImagePullPolicy: corev1.PullIfNotPresent,
		Args:            []string{"--listen=:" + strconv.Itoa(int(port))},
		Ports:           []corev1.ContainerPort{{Name: []string{"http", "proxy", "logs"}[number], ContainerPort: port}},
		Env:             w.environment(number),
		Resources:       resources(number),
		SecurityContext: &corev1.SecurityContext{
			AllowPrivilegeEscalation: new(false), ReadOnlyRootFilesystem: new(true),
			Capabilities: &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
		},
	}
	if number == 0 {
		c.Ports = append(c.Ports, corev1.ContainerPort{Name: "metrics", ContainerPort: 9090})
		c.LivenessProbe, c.ReadinessProbe = probe("/healthz"), probe("/readyz")
		c.VolumeMounts = []corev1.VolumeMount{{Name: "config", MountPath: "/etc/config", ReadOnly: true}, {Name: "tmp", MountPath: "/tmp"}}
	}
	return c
}

// environment is longer for the main container.
func (w workload) environment(container int) []corev1.EnvVar {
	own := func(name, path string) corev1.EnvVar {
		return corev1.EnvVar{Name: name, ValueFrom: &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{APIVersion: "v1", FieldPath: path}}}
	}
	all := []corev1.EnvVar{own("POD_NAME", "metadata.name"), {Name: "LOG_LEVEL", Value: "info"}}
	if container > 0 {
		return all
	}
	for _, setting := range []string{"endpoint", "queue", "region", "retries"} {
		all = append(all, corev1.EnvVar{Name: strings.ToUpper(w.team + "_" + setting), Value: setting + "." + w.namespace})
	}
	return all
}

func probe(path string) *corev1.Probe {
	return &corev1.Probe{
		ProbeHandler:  corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Path: path, Port: intstr.FromString("http")}},
		PeriodSeconds: 10, TimeoutSeconds: 2, FailureThreshold: 3,
	}
}

func resources(container int) corev1.ResourceRequirements {
	memory := resource.MustParse([]string{"512Mi", "128Mi", "64Mi"}[container])
	return corev1.ResourceRequirements{
		Requests: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("100m"), corev1.ResourceMemory: memory},
		Limits:   corev1.ResourceList{corev1.ResourceMemory: memory},
	}
}

// node is the name of the node that a Pod is on, from the Pod's number.
func node(number int) string {
	return fmt.Sprintf("node-%d.zone-%d.example.com", number%nodes, number%3)
}
