# How to build, test and show kubectl-opa. Nothing but Go, make and git is
# needed; what else it takes is built into .cache, once.

BIN := $(CURDIR)/.cache/bin

.PHONY: all build controlplane opaclient test coverage mutants bench lint generate check-generated demo clean

all: build

## build: the plugin, at .cache/bin/kubectl-opa
build:
	go build -o $(BIN)/kubectl-opa ./cmd/kubectl-opa

## controlplane: kube-apiserver, kube-controller-manager, etcd, kubectl, Gatekeeper, gator and a stock OPA for the tests
controlplane: $(BIN)/opa $(BIN)/gator
	go build -C hack/controlplane -o $(BIN)/controlplane .
	$(BIN)/controlplane build

## opaclient: OPA's own client for TypeScript, for a test of query serve that is skipped where npm is not there
opaclient:
	test hack/opaclient/node_modules/.package-lock.json -nt hack/opaclient/package-lock.json || \
	  npm ci --prefix hack/opaclient --no-audit --no-fund || \
	  { rm -rf hack/opaclient/node_modules; echo "OPA's own client cannot be had: its test will be skipped"; }

# The scripts take longer than go test's ten minutes on a slow machine, and
# where KKP's own definitions are at hand too.
## test: everything that decides whether a change is good
test: lint check-generated controlplane opaclient
	go test -timeout 60m ./...
	go test -C hack/controlplane ./...
	go test -C hack/mutants ./...
	go test -C hack/bench ./...

## coverage: how much of pkg the tests and the scripts run, at least 80 %
coverage: controlplane
	hack/coverage.sh

## mutants: the tests of policies notice each fault of hack/mutants/mutants.txt
mutants:
	go run -C hack/mutants .

## bench: kubectl-opa beside opa, kubectl and gator: docs/benchmarks.md. Each line can be run alone
bench: controlplane
	go run -C hack/bench . query --then 100000
	go run -C hack/bench . test
	go run -C hack/bench . startup

## lint: vet, golangci-lint, tidy modules, and what OPA says of the Rego library
lint: $(BIN)/golangci-lint $(BIN)/opa
	go vet ./...
	go mod tidy -diff
	go mod tidy -C hack/controlplane -diff
	go mod tidy -C hack/mutants -diff
	go mod tidy -C hack/bench -diff
	go mod tidy -C hack/gator -diff
	go mod tidy -C hack/tools -diff
	$(BIN)/golangci-lint run ./...
	cd hack/controlplane && $(BIN)/golangci-lint run ./...
	cd hack/mutants && $(BIN)/golangci-lint run ./...
	cd hack/bench && $(BIN)/golangci-lint run ./...
	$(BIN)/opa fmt --diff --fail plugins
	$(BIN)/opa check --strict plugins/kubernetes-api-client

$(BIN)/golangci-lint: hack/tools/go.mod
	go build -C hack/tools -o $@ github.com/golangci/golangci-lint/v2/cmd/golangci-lint

# OPA as it is, of the version that the benchmarks compare with and we build on.
$(BIN)/opa: hack/bench/go.mod
	go build -C hack/bench -o $@ github.com/open-policy-agent/opa

# Gatekeeper's command line as it is, with the libraries that it asks for, built as
# releases are: kubectl-opa is measured beside it.
$(BIN)/gator: hack/gator/go.mod
	CGO_ENABLED=0 go build -C hack/gator -trimpath -ldflags='-s -w' -o $@ github.com/open-policy-agent/gatekeeper/v3/cmd/gator

$(BIN)/controller-gen: hack/tools/go.mod
	go build -C hack/tools -o $@ sigs.k8s.io/controller-tools/cmd/controller-gen

## generate: the CRDs for the tests, the completions, what Kubernetes serves, and the table of mutations
generate: $(BIN)/controller-gen controlplane
	$(BIN)/controller-gen crd paths=./pkg/api/kubermatic/v1 output:crd:dir=testdata/crds/kubermatic
	go test ./pkg/cmd -run TestCompletions -update
	go test ./cmd/kubectl-opa -run TestServed/resources -update
	go test ./pkg/kubequery/deployed -run TestFolder -update
	go run -C hack/mutants . -doc

## check-generated: generated files are what generating gives
check-generated: $(BIN)/controller-gen
	rm -rf .cache/generated && mkdir -p .cache/generated
	$(BIN)/controller-gen crd paths=./pkg/api/kubermatic/v1 output:crd:dir=.cache/generated
	diff -r .cache/generated testdata/crds/kubermatic

## demo: a walk through KKP's manual on a real control plane
demo: build controlplane
	go test -c -o $(BIN)/scripts.test ./cmd/kubectl-opa
	cd cmd/kubectl-opa && $(BIN)/scripts.test -test.run '^TestBoth$$/^ours$$/^demo$$' -demo -plugin $(BIN)

clean:
	rm -rf .cache
