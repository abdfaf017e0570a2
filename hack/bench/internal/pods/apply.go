package pods

import (
	corev1 "k8s.io/api/core/v1"
	applycore "k8s.io/client-go/applyconfigurations/core/v1"
)

// Applied is what Applier insists on: labels, and of each container image
// and environment, just as they are.
func Applied(pod *corev1.Pod) *applycore.PodApplyConfiguration {
	spec := applycore.PodSpec()
	for _, c := range pod.Spec.Containers {
		container := applycore.Container().WithName(c.Name).WithImage(c.Image)
		for _, variable := range c.Env {
			if variable.ValueFrom == nil {
				container.WithEnv(applycore.EnvVar().WithName(variable.Name).WithValue(variable.Value))
			}
		}
		spec.WithContainers(container)
	}
	return applycore.Pod(pod.Name, pod.Namespace).WithLabels(pod.Labels).WithSpec(spec)
}
