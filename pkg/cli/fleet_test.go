package cli

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/kube"
)

const (
	kkpAPI       = "/apis/kubermatic.k8c.io/v1/"
	clustersPath = kkpAPI + "clusters"
	seedsPath    = kkpAPI + "namespaces/kubermatic/seeds"
	secretsPath  = "/api/v1/namespaces/kubermatic/secrets/"
)

// server is an API server that gives these answers, by path. What it does not
// know it does not find. Secrets are those that it was asked for.
type server struct {
	*httptest.Server
	answers map[string]string
	mutex   sync.Mutex
	secrets []string
}

func serve(t *testing.T, answers map[string]string) *server {
	t.Helper()
	s := &server{answers: answers}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, name, secret := strings.Cut(r.URL.Path, "/secrets/")
		s.mutex.Lock()
		defer s.mutex.Unlock()
		if secret {
			s.secrets = append(s.secrets, name)
			slices.Sort(s.secrets) // they are read at the same time
		}
		answer, found := s.answers[r.URL.Path]
		if !found {
			answer = failure(http.StatusNotFound, "NotFound", "not found")
		}
		status := struct{ Code int }{}
		_ = json.Unmarshal([]byte(answer), &status)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(max(status.Code, http.StatusOK))
		_, _ = io.WriteString(w, answer)
	}))
	t.Cleanup(s.Close)
	return s
}

// failure is how the API says no.
func failure(code int, reason, message string) string {
	return fmt.Sprintf(`{"kind":"Status","apiVersion":"v1","status":"Failure","code":%d,"reason":%q,"message":%q,"details":{"name":"x"}}`, code, reason, message)
}

func forbidden(what string) string {
	return failure(http.StatusForbidden, "Forbidden", what+` is forbidden: User "u" may not`)
}

func listOf(items ...string) string {
	return `{"kind":"List","apiVersion":"v1","metadata":{},"items":[` + strings.Join(items, ",") + `]}`
}

// userCluster is one whose namespace is cluster-ID, and whose labels say its name.
func userCluster(uid, id, name string) string {
	return fmt.Sprintf(`{"kind":"Cluster","apiVersion":"kubermatic.k8c.io/v1","metadata":{"name":%q,"uid":%q,"labels":{"called":%q}},`+
		`"spec":{"humanReadableName":%q,"cloud":{}},"status":{"namespaceName":"cluster-%s"}}`, id, uid, name, name, id)
}

func seed(name string) string {
	return fmt.Sprintf(`{"kind":"Seed","apiVersion":"kubermatic.k8c.io/v1","metadata":{"name":%q,"namespace":"kubermatic"},`+
		`"spec":{"kubeconfig":{"name":"kubeconfig-%s"}}}`, name, name)
}

func secretOf(kubeconfig string) string {
	return `{"kind":"Secret","apiVersion":"v1","metadata":{"name":"x"},"data":{"kubeconfig":"` + base64.StdEncoding.EncodeToString([]byte(kubeconfig)) + `"}}`
}

func kubeconfigOf(server string) string {
	return `{apiVersion: v1, kind: Config, current-context: c, contexts: [{name: c, context: {cluster: k, user: u}}], ` +
		`clusters: [{name: k, cluster: {server: '` + server + `'}}], users: [{name: u, user: {token: t}}]}`
}

func groupsOf(names ...string) string {
	items := []string{}
	for _, name := range names {
		items = append(items, `{"name":"`+name+`"}`)
	}
	return `{"kind":"APIGroupList","apiVersion":"v1","groups":[` + strings.Join(items, ",") + `]}`
}

// installation is a master that is the seed kubermatic too, and the seed
// europe. Each hosts two user clusters; two of them are called test.
func installation(t *testing.T) (master, europe *server) {
	t.Helper()
	europe = serve(t, map[string]string{clustersPath: listOf(userCluster("3", "b1", "dev"), userCluster("4", "b2", "test"))})
	master = serve(t, map[string]string{
		"/apis":      groupsOf("kubermatic.k8c.io"),
		clustersPath: listOf(userCluster("1", "a1", "prod"), userCluster("2", "a2", "test")),
		seedsPath:    listOf(seed("kubermatic"), seed("europe")),
	})
	master.answers[secretsPath+"kubeconfig-kubermatic"] = secretOf(kubeconfigOf(master.URL))
	master.answers[secretsPath+"kubeconfig-europe"] = secretOf(kubeconfigOf(europe.URL))
	return master, europe
}

// leadTo makes a process whose kubeconfig leads to this server.
func leadTo(t *testing.T, server string) (env *Env, errs fmt.Stringer) {
	t.Helper()
	env, _, errs = process(nil)
	*env.Connection.APIServer, *env.Connection.CacheDir = server, t.TempDir()
	env.client = sync.OnceValues(env.newClient)
	env.GivenPlatform = Auto
	env.observer = &kube.Observer{Now: env.Now, Warn: env.Warn, Tracing: func() bool { return false }}
	return env, errs
}

// places are clusters as SEED/ID.
func places(clusters []UserCluster) []string {
	found := []string{}
	for _, cluster := range clusters {
		found = append(found, cluster.Seed.Name+"/"+cluster.Cluster.Name)
	}
	return found
}

var bothSecrets = []string{"kubeconfig-europe", "kubeconfig-kubermatic"}

func TestFindClusters(t *testing.T) {
	const (
		noCluster = `user cluster "dev": no such user cluster here`
		others    = "there are: a1 (prod), a2 (test)"
		tooCalled = "cannot tell whether another user cluster is called prod, too: "
		gone      = `reading the kubeconfig of seed "europe": getting secrets "kubeconfig-europe" in namespace kubermatic: not found`
		noProgram = `reading the kubeconfig of seed "europe" (Secret kubeconfig-europe): unusable kubeconfig: user "u" runs a program, ` +
			`and may have only what stands in the kubeconfig itself`
		noSeeds = `listing seeds.kubermatic.k8c.io in namespace kubermatic: `
	)
	program := strings.Replace(kubeconfigOf("https://127.0.0.1:1"), "token: t", "exec: {apiVersion: v1, command: ls}", 1)
	for name, tc := range map[string]struct {
		// broken are answers of the master that are other ones; empty takes one
		// away.
		broken        map[string]string
		names         []string
		want, secrets []string
		doubts        []string
		err           string
		next          []string
	}{
		"by ID here":      {nil, []string{"a1"}, []string{"/a1"}, nil, nil, "", nil},
		"by two IDs here": {nil, []string{"a2", "a1", "a2"}, []string{"/a2", "/a1"}, nil, nil, "", nil},
		"by name, and there is one seed": {
			map[string]string{seedsPath: listOf(seed("kubermatic"))}, []string{"test"}, []string{"/a2"}, nil, nil, "", nil,
		},
		"the master is a seed of its own": {nil, []string{"prod"}, []string{"/a1"}, bothSecrets, nil, "", nil},
		"a name and its ID":               {nil, []string{"prod", "a1"}, []string{"/a1"}, bothSecrets, nil, "", nil},
		"by name behind another seed":     {nil, []string{"dev"}, []string{"europe/b1"}, bothSecrets, nil, "", nil},
		"by ID behind another seed":       {nil, []string{"b2", "a1"}, []string{"europe/b2", "/a1"}, bothSecrets, nil, "", nil},
		"the name of two": {
			nil, []string{"test"}, nil, bothSecrets, nil,
			`user cluster "test": several user clusters have this name`, []string{"give the ID: a2, b2"},
		},
		"no Secret of another seed, found here": {
			map[string]string{secretsPath + "kubeconfig-europe": ""}, []string{"prod"}, []string{"/a1"}, bothSecrets, []string{tooCalled + gone}, "", nil,
		},
		"no Secret of another seed, not found": {
			map[string]string{secretsPath + "kubeconfig-europe": ""}, []string{"dev"}, nil, bothSecrets, nil, noCluster + "\n" + gone, []string{others},
		},
		"a kubeconfig that runs a program": {
			map[string]string{secretsPath + "kubeconfig-europe": secretOf(program)}, []string{"dev"}, nil, bothSecrets, nil,
			noCluster + "\n" + noProgram, []string{others, "write a kubeconfig that has all that it needs in itself into the Secret"},
		},
		"no right to list seeds, found here": {
			map[string]string{seedsPath: forbidden("seeds")}, []string{"prod"}, []string{"/a1"}, nil, nil, "", nil,
		},
		"no right to list seeds, not found": {
			map[string]string{seedsPath: forbidden("seeds")}, []string{"dev"}, nil, nil, nil,
			noCluster + "\nthere may be other seeds: " + noSeeds + `forbidden: User "u" may not`,
			[]string{others, "ask for these rights, or use another identity (--context, --as)"},
		},
		"no list of seeds": {
			map[string]string{seedsPath: failure(http.StatusInternalServerError, "InternalError", "broken")}, []string{"prod"}, []string{"/a1"}, nil,
			[]string{tooCalled + "reading the seeds: " + noSeeds + "broken"}, "", nil,
		},
		"no right to list clusters": {
			map[string]string{clustersPath: forbidden("clusters")}, []string{"a1"}, nil, nil, nil,
			`listing clusters.kubermatic.k8c.io: forbidden: User "u" may not`, []string{"ask for these rights, or use another identity (--context, --as)"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			master, _ := installation(t)
			for path, answer := range tc.broken {
				master.answers[path] = answer
				if answer == "" {
					delete(master.answers, path)
				}
			}
			env, errs := leadTo(t, master.URL)
			found, doubts, err := env.FindClusters(t.Context(), tc.names)
			if diff := cmp.Diff(append([]string{}, tc.want...), places(found)); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(tc.doubts, doubts); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(tc.err, text(err)); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(append([]string{}, tc.next...), advice.Next(err)); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(tc.secrets, master.secrets); diff != "" {
				t.Errorf("Secrets that were read: %s", diff)
			}
			if errs.String() != "" {
				t.Errorf("on stderr: %s", errs)
			}
		})
	}
}
