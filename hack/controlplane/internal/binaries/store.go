package binaries

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// A Store knows where each program is, or would be.
type Store struct {
	assets   string // programs that are here are used as they are; may be empty
	module   string // the folder of the go.mod that pins what is built
	dir      string // where built programs are
	versions map[string]string
	progress io.Writer
}

// Open returns the store of the repository at root. assets is the value of KUBEBUILDER_ASSETS. What takes long is told on
// progress.
func Open(root, assets string, progress io.Writer) (*Store, error) {
	module := filepath.Join(root, "hack", "controlplane")
	gomod, err := os.ReadFile(filepath.Join(module, "go.mod"))
	if err != nil {
		return nil, fmt.Errorf("opening the store of control plane binaries: %w", err)
	}
	versions, err := versions(gomod)
	if err != nil {
		return nil, fmt.Errorf("opening the store of control plane binaries: %w", err)
	}
	return &Store{
		assets:   assets,
		module:   module,
		dir:      filepath.Join(root, ".cache", "controlplane", key(gomod, versions, runtime.GOOS, runtime.GOARCH), "bin"),
		versions: versions,
		progress: progress,
	}, nil
}

// key names a set of built programs: people read the versions, the hash tells apart everything else that goes into a build.
func key(gomod []byte, versions map[string]string, goos, goarch string) string {
	hash := sha256.New()
	hash.Write(gomod)
	for _, flag := range buildFlags(versions) {
		fmt.Fprintf(hash, "\x00%s", flag)
	}
	return strings.Join([]string{
		"kubernetes", versions[kubernetesModule], "etcd", versions[etcdModule], "gatekeeper", versions[gatekeeperModule], goos, goarch,
		hex.EncodeToString(hash.Sum(nil))[:12],
	}, "-")
}

// Ensure returns the path of each named program, in the order of names, and builds those that are not there.
func (s *Store) Ensure(ctx context.Context, names ...string) ([]string, error) {
	paths := make([]string, len(names))
	var missing []program
	for i, name := range names {
		p, err := find(name)
		if err != nil {
			return nil, err
		}
		var there bool
		if paths[i], there = s.locate(p); !there {
			missing = append(missing, p)
		}
	}
	if len(missing) == 0 {
		return paths, nil
	}
	return paths, s.build(ctx, missing)
}

// locate returns where a program is, or where it is to be built, and whether it is there.
func (s *Store) locate(p program) (string, bool) {
	if s.assets != "" {
		if path := filepath.Join(s.assets, p.name); p.isAt(path) {
			return path, true
		}
	}
	path := filepath.Join(s.dir, p.name)
	return path, p.isAt(path)
}

// isAt says whether the file at path can be taken for the program.
func (p program) isAt(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && (p.file != "" || info.Mode().Perm()&0o111 != 0)
}
