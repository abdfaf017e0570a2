#!/bin/sh
# How much of pkg is run by its tests and by the scripts, together. The scripts
# run the plugin as a program of its own, so that is built to count as well.
set -eu
cd "$(dirname "$0")/.."

least=80.0
cover=${COVER_DIR:-$PWD/.cache/cover}
for folder in bin units scripts all; do
	rm -rf "${cover:?}/$folder"
	mkdir -p "$cover/$folder"
done
cover=$(cd "$cover" && pwd)

# Without main among the packages the program writes nothing when it ends.
# Kubectl calls the completion by a name of its own.
go build -cover -coverpkg=./pkg/...,./cmd/kubectl-opa -o "$cover/bin/kubectl-opa" ./cmd/kubectl-opa
ln -s kubectl-opa "$cover/bin/kubectl_complete-opa"

# -count=1: a cached result counts nothing.
go test -count=1 -cover -coverpkg=./pkg/... ./pkg/... -args -test.gocoverdir="$cover/units"
GOCOVERDIR="$cover/scripts" go test -count=1 -timeout 60m ./cmd/kubectl-opa \
	-run '^TestOffline$|^TestBare$|^TestGatekeeper$|^TestCluster$/^ours$|^TestBoth$/^ours$|^TestFleet$/^ours$' -plugin "$cover/bin"

go tool covdata merge -i="$cover/units,$cover/scripts" -o="$cover/all"

# testcluster and layers are there for tests only; nothing else is left out.
packages=$(go list ./pkg/... | grep -v -e '/pkg/testcluster$' -e '/pkg/internal/layers$' | paste -sd, -)
# Covdata ends no line after a package without statements.
go tool covdata percent -i="$cover/all" -pkg="$packages" |
	awk '{ gsub(/\t\t\t/, "\t\tno statements\n\t") } 1'
go tool covdata textfmt -i="$cover/all" -pkg="$packages" -o="$cover/profile"
go tool cover -func="$cover/profile" >"$cover/functions"

awk -v least="$least" '/^total:/ { total = $NF + 0; found = 1 }
END {
	if (!found) { print "coverage: no total"; exit 1 }
	printf "pkg: %.1f%% of statements, wanted: %.1f%%\n", total, least
	exit total < least
}' "$cover/functions"
