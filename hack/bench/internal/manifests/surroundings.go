package manifests

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

func newNamespace(number int) runtime.Object {
	name := fmt.Sprintf("space-%d", number)
	return &corev1.Namespace{TypeMeta: typeMeta("v1", "Namespace"), ObjectMeta: metav1.ObjectMeta{
		Name:        choose(number, 0, "kube-"+name, name),
		Labels:      map[string]string{"pod-security.kubernetes.io/enforce": choose(number, 1, "privileged", "baseline")},
		Annotations: map[string]string{"example.com/cost-center": choose(number, 2, "CC-4719", "CC-4711-3")},
	}}
}

func newService(number int) runtime.Object {
	s := &corev1.Service{
		TypeMeta:   typeMeta("v1", "Service"),
		ObjectMeta: meta("service", number),
		Spec: corev1.ServiceSpec{
			Type:     choose(number, 0, corev1.ServiceTypeNodePort, corev1.ServiceTypeClusterIP),
			Selector: choose(number, 1, nil, map[string]string{"app": app(number)}),
			Ports: []corev1.ServicePort{
				{Name: choose(number, 2, "main", "http-main"), Port: 80},
				{Name: "grpc", Port: choose(number, 3, int32(9500), int32(8500))},
			},
		},
	}
	if tenth(number, 4) {
		s.Spec.ExternalIPs = []string{"203.0.113.7", "198.51.100.7"}
	}
	if tenth(number, 5) {
		delete(s.Labels, "tier")
	}
	return s
}

func newConfigMap(number int) runtime.Object {
	m := &corev1.ConfigMap{
		TypeMeta:   typeMeta("v1", "ConfigMap"),
		ObjectMeta: meta("configmap", number),
		Data: map[string]string{
			"app.properties": fmt.Sprintf("name = %s\nlog.level = %s\nport = 8080\n", app(number), choose(number, 0, "trace", "info")),
			"settings.json":  fmt.Sprintf(`{"debug": %t, "retries": %d}`, tenth(number, 1), number),
			"notes.txt":      strings.Repeat("Nothing to see here.\n", choose(number, 2, 40, 10)),
		},
	}
	if tenth(number, 3) {
		m.Data["run.sh"] = "exec app\n"
	}
	if tenth(number, 4) {
		m.Data["access.yaml"] = "user: app\nPassword: none\n"
	}
	return m
}

func newIngress(number int) runtime.Object {
	host := app(number) + choose(number, 0, ".example.org", ".example.com")
	path := func(path string) networkingv1.HTTPIngressPath {
		return networkingv1.HTTPIngressPath{Path: path, PathType: new(networkingv1.PathTypePrefix), Backend: networkingv1.IngressBackend{
			Service: &networkingv1.IngressServiceBackend{Name: fmt.Sprintf("service-%d", number), Port: networkingv1.ServiceBackendPort{Number: 80}},
		}}
	}
	return &networkingv1.Ingress{
		TypeMeta:   typeMeta("networking.k8s.io/v1", "Ingress"),
		ObjectMeta: meta("ingress", number),
		Spec: networkingv1.IngressSpec{
			IngressClassName: new(choose(number, 1, "public", "internal")),
			TLS:              []networkingv1.IngressTLS{{Hosts: []string{choose(number, 2, "other.example.com", host)}, SecretName: "tls"}},
			Rules: []networkingv1.IngressRule{{Host: host, IngressRuleValue: networkingv1.IngressRuleValue{HTTP: &networkingv1.HTTPIngressRuleValue{
				Paths: []networkingv1.HTTPIngressPath{path(choose(number, 3, "/a", "/c")), path("/api")},
			}}}},
		},
	}
}

func newRole(number int) runtime.Object {
	rules := []rbacv1.PolicyRule{
		{APIGroups: []string{""}, Resources: []string{"configmaps", choose(number, 0, "secrets", "pods")}, Verbs: []string{"get", "list"}},
		{APIGroups: []string{"apps"}, Resources: []string{"deployments"}, Verbs: []string{choose(number, 1, "*", "update")}},
		{APIGroups: []string{""}, Resources: []string{choose(number, 2, "pods/exec", "pods")}, Verbs: []string{"create"}},
	}
	return &rbacv1.Role{TypeMeta: typeMeta(rbacv1.SchemeGroupVersion.String(), "Role"), ObjectMeta: meta("role", number), Rules: rules}
}

func newRoleBinding(number int) runtime.Object {
	object := meta("rolebinding", number)
	return &rbacv1.RoleBinding{
		TypeMeta: typeMeta(rbacv1.SchemeGroupVersion.String(), "RoleBinding"), ObjectMeta: object,
		RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: choose(number, 0, "cluster-admin", "view")},
		Subjects: []rbacv1.Subject{
			{Kind: rbacv1.GroupKind, APIGroup: rbacv1.GroupName, Name: choose(number, 1, "system:authenticated", "developers")},
			{Kind: rbacv1.ServiceAccountKind, Name: app(number), Namespace: choose(number, 2, "elsewhere", object.Namespace)},
		},
	}
}

func newVolumeClaim(number int) runtime.Object {
	return &corev1.PersistentVolumeClaim{
		TypeMeta:   typeMeta("v1", "PersistentVolumeClaim"),
		ObjectMeta: meta("claim", number),
		Spec: corev1.PersistentVolumeClaimSpec{
			StorageClassName: new("fast"),
			AccessModes:      []corev1.PersistentVolumeAccessMode{choose(number, 0, corev1.ReadWriteMany, corev1.ReadWriteOnce)},
			Resources: corev1.VolumeResourceRequirements{Requests: corev1.ResourceList{
				corev1.ResourceStorage: resource.MustParse(choose(number, 1, "1Ti", "10Gi")),
			}},
		},
	}
}
