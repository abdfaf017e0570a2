package pods

import (
	"fmt"
	"math/rand/v2"
)

// What workloads run and where they run is as much as in a company's cluster.
const (
	namespaces = 20
	images     = 200
	nodes      = 250
)

var (
	teams      = []string{"accounts", "billing", "catalog", "checkout", "delivery", "identity", "insights", "platform", "search", "support"}
	components = []string{"api", "worker", "gateway", "cache", "scheduler", "exporter", "frontend", "webhook"}
	registries = []string{"registry.example.com/", "registry.example.com:5000/", "quay.io/example/", "ghcr.io/example/", "docker.io/example/"}
	tiers      = []string{"production", "staging", "canary"}
)

// A workload is what the Pods of one ReplicaSet have in common.
type workload struct {
	number    int
	namespace string
	name      string // of the ReplicaSet, too, with hash
	hash      string // of the Pod template
	team      string
	component string
	tier      string
	images    []string // of the containers, one to three, mostly one
	init      string   // image of the init container, "" for none
}

// workload is the one that the Pod of a number belongs to.
func (s Set) workload(pod int) workload {
	number := s.Model(pod)
	random := rand.New(rand.NewPCG(uint64(number), 1))
	w := workload{
		number:    number,
		namespace: Namespace(number % namespaces),
		hash:      suffix(random, 10),
		team:      teams[number%len(teams)],
		component: components[number/len(teams)%len(components)],
		tier:      tiers[random.IntN(len(tiers))],
	}
	w.name = fmt.Sprintf("%s-%s-%d", w.team, w.component, number)
	for container := range []int{1, 1, 1, 2, 1, 3}[number%6] {
		w.images = append(w.images, image(number*7+container*61))
	}
	if number%16 == 0 {
		w.init = image(number*7 + 101)
	}
	return w
}

// Namespace is the name of a namespace, from its number.
func Namespace(number int) string {
	return fmt.Sprintf("%s-%d", teams[number%len(teams)], number/len(teams))
}

// Namespaces are the names of all of them.
func Namespaces() []string {
	all := []string{}
	for number := range namespaces {
		all = append(all, Namespace(number))
	}
	return all
}

// image is one of the images that there are, every twentieth by its digest.
func image(number int) string {
	number %= images
	name := fmt.Sprintf("%s%s/%s-%d", registries[number%len(registries)], teams[number/5%len(teams)], components[number/3%len(components)], number)
	if number%20 == 0 {
		random := rand.New(rand.NewPCG(uint64(number), 2))
		return name + "@sha256:" + digest(random)
	}
	return fmt.Sprintf("%s:v%d.%d.%d", name, 1+number%4, number%17, number%9)
}

// suffix is made of the letters that Kubernetes makes names of.
func suffix(random *rand.Rand, length int) string {
	return text(random, "bcdfghjklmnpqrstvwxz2456789", length)
}

// digest looks like a SHA-256.
func digest(random *rand.Rand) string {
	return text(random, "0123456789abcdef", 64)
}

func text(random *rand.Rand, alphabet string, length int) string {
	letters := make([]byte, length)
	for i := range letters {
		letters[i] = alphabet[random.IntN(len(alphabet))]
	}
	return string(letters)
}
