package completion

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"github.com/spf13/cobra"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
)

const (
	plugin    = "kubectl-opa"
	completer = "kubectl_complete-opa"
)

type installOptions struct {
	env *cli.Env
	dir string
}

// installed says what was done: nothing, where the link was there already.
type installed struct {
	link, target string
	unchanged    bool
	// inPath tells whether kubectl finds the link.
	inPath bool
}

func newInstall(env *cli.Env) *cobra.Command {
	o := &installOptions{env: env}
	command := &cobra.Command{
		Use:   "install",
		Short: "Let kubectl complete kubectl opa, by a link to the plugin",
		Long: "Create the link " + completer + " next to " + plugin + " in PATH. kubectl runs it to complete\n" +
			"the words after kubectl opa. A file that is no such link is never overwritten.",
		Example: "  kubectl opa completion install\n" +
			"  kubectl opa completion install --dir ~/bin",
		Args: cli.Args(0, 0),
		RunE: func(*cobra.Command, []string) error {
			done, err := o.run()
			if err != nil {
				return err
			}
			return done.print(env)
		},
	}
	command.Flags().StringVar(&o.dir, "dir", "", "The folder for the link, one that is in PATH; else the folder of "+plugin+".")
	_ = command.MarkFlagDirname("dir")
	return command
}

func (o *installOptions) run() (installed, error) {
	variable, _ := o.env.LookupEnv("PATH")
	folders := filepath.SplitList(variable)
	program, err := find(folders)
	if err != nil {
		return installed{}, err
	}
	done := installed{target: filepath.Base(program)}
	dir := filepath.Dir(program)
	if o.dir != "" && o.dir != dir {
		if dir, err = filepath.Abs(o.dir); err != nil {
			return installed{}, fmt.Errorf("reading --dir: %w", err)
		}
		done.target = program
	}
	done.link = filepath.Join(dir, executable(completer))
	done.inPath = slices.ContainsFunc(folders, func(folder string) bool { return filepath.Clean(folder) == dir })
	done.unchanged, err = link(done.target, done.link)
	return done, err
}

// find returns the plugin as kubectl finds it. It is not resolved further: krew
// has a link there too, and sets it anew with every version.
func find(folders []string) (string, error) {
	for _, folder := range folders {
		path := filepath.Join(folder, executable(plugin))
		info, err := os.Stat(path)
		if err != nil || info.IsDir() || (runtime.GOOS != "windows" && info.Mode()&0o111 == 0) {
			continue
		}
		return filepath.Abs(path)
	}
	return "", advice.Errorf("put it into a folder of PATH: only there kubectl finds plugins", "%s is not in PATH", plugin)
}

// link makes a symbolic link, unless it is there. A link of ours that leads
// elsewhere is replaced, everything else stays.
func link(target, path string) (unchanged bool, err error) {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, symlink(target, path)
	case err != nil:
		return false, fmt.Errorf("looking for a link: %w", err)
	case info.Mode()&fs.ModeSymlink == 0:
		return false, foreign(path)
	}
	old, err := os.Readlink(path)
	if err != nil {
		return false, fmt.Errorf("reading a link: %w", err)
	}
	if old == target {
		return true, nil
	}
	if base := filepath.Base(old); base != executable(plugin) && base != completer {
		return false, foreign(path + ", a link to " + old + ",")
	}
	// Made aside and renamed, so that there is a link at every moment.
	aside := path + ".new"
	if err := symlink(target, aside); err != nil {
		return false, err
	}
	if err := os.Rename(aside, path); err != nil {
		return false, errors.Join(fmt.Errorf("replacing a link: %w", err), os.Remove(aside))
	}
	return false, nil
}

func symlink(target, path string) error {
	err := os.Symlink(target, path)
	if err != nil && runtime.GOOS == "windows" {
		return advice.Wrap(fmt.Errorf("creating a link: %w", err),
			"allow symbolic links (developer mode), or copy %s to %s", target, path)
	}
	if err != nil {
		return advice.Wrap(fmt.Errorf("creating a link: %w", err), "choose another folder of PATH with --dir")
	}
	return nil
}

func foreign(what string) error {
	return advice.Errorf("remove it, or choose another folder of PATH with --dir", "%s is not ours and is left alone", what)
}

func executable(name string) string {
	if runtime.GOOS == "windows" {
		return name + ".exe"
	}
	return name
}

func (i installed) print(env *cli.Env) error {
	outcome := "created"
	if i.unchanged {
		outcome = "unchanged"
	}
	if !i.inPath {
		env.Warn(filepath.Dir(i.link) + " is not in PATH: kubectl does not find the link there")
	}
	_, err := fmt.Fprintf(env.Out, "%s %s, a link to %s\n", i.link, outcome, i.target)
	return err
}
