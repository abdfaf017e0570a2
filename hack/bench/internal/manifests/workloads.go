package manifests

import (
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

func newDeployment(number int) runtime.Object {
	d := &appsv1.Deployment{
		TypeMeta:   typeMeta("apps/v1", "Deployment"),
		ObjectMeta: meta("deployment", number),
		Spec: appsv1.DeploymentSpec{
			Replicas: new(choose(number, 0, int32(1), int32(2+number%3))),
			Strategy: appsv1.DeploymentStrategy{Type: choose(number, 1, appsv1.RecreateDeploymentStrategyType, appsv1.RollingUpdateDeploymentStrategyType)},
			Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": app(number)}},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"app": choose(number, 2, "another", app(number))}},
				Spec: corev1.PodSpec{
					HostNetwork: tenth(number, 3),
					Containers:  []corev1.Container{newContainer(number), container("proxy", "quay.io/example/proxy:v2.3", 15020)},
				},
			},
		},
	}
	d.Annotations = map[string]string{"example.com/owner": choose(number, 9, "somebody", "team <team@example.com>")}
	return d
}

// newContainer is the main one of a Deployment.
func newContainer(number int) corev1.Container {
	image := fmt.Sprintf("registry.example.com/team/%s:v%d", app(number), number)
	image = choose(number, 4, "docker.io/library/nginx:v1", image)
	image = choose(number, 5, "registry.example.com/team/nginx", image)
	c := container("main", image, 8080)
	c.SecurityContext.Privileged = new(tenth(number, 6))
	if tenth(number, 7) {
		c.Env = append(c.Env, c.Env[0])
	}
	if tenth(number, 8) {
		c.Resources.Limits[corev1.ResourceMemory] = resource.MustParse("2Gi")
	}
	return c
}

func newCronJob(number int) runtime.Object {
	return &batchv1.CronJob{
		TypeMeta:   typeMeta("batch/v1", "CronJob"),
		ObjectMeta: meta("cronjob", number),
		Spec: batchv1.CronJobSpec{
			Schedule:                   choose(number, 0, "*/5 * * * *", "17 3 * * *"),
			ConcurrencyPolicy:          choose(number, 1, batchv1.AllowConcurrent, batchv1.ForbidConcurrent),
			SuccessfulJobsHistoryLimit: new(choose(number, 2, int32(20), int32(3))),
			FailedJobsHistoryLimit:     new(int32(1)),
			JobTemplate: batchv1.JobTemplateSpec{Spec: batchv1.JobSpec{Template: corev1.PodTemplateSpec{Spec: corev1.PodSpec{
				RestartPolicy: corev1.RestartPolicyNever,
				Containers:    []corev1.Container{container("job", "registry.example.com/team/job:v1", 8080)},
			}}}},
		},
	}
}

// newPod has volumes that workloads seldom have.
func newPod(number int) runtime.Object {
	pod := sound(number)
	pod.Spec.Volumes = []corev1.Volume{{Name: "scratch", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}}}
	if tenth(number, 0) {
		pod.Spec.Volumes = append(pod.Spec.Volumes, corev1.Volume{Name: "node", VolumeSource: corev1.VolumeSource{
			HostPath: &corev1.HostPathVolumeSource{Path: "/var/run"},
		}})
	}
	return pod
}
