package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// portModules are the kernel modules of the ports by which guest and host talk.
const portModules = "virtio_pci virtio_console"

// run boots a machine that runs the program in the current folder, and returns its exit code.
func run(ctx context.Context, program string, args []string) (int, error) {
	dir, err := os.Getwd()
	if err != nil {
		return 0, err
	}
	root, err := moduleRoot(dir)
	if err != nil {
		return 0, err
	}
	s, err := readSettings(root)
	if err != nil {
		return 0, err
	}
	k, err := findKernel()
	if err != nil {
		return 0, err
	}
	if program, err = filepath.Abs(program); err != nil {
		return 0, err
	}
	collect, err := outputs(args, dir)
	if err != nil {
		return 0, err
	}

	initrd, err := os.CreateTemp("", "vmtest-*.cpio")
	if err != nil {
		return 0, err
	}
	defer initrd.Close()                             //nolint:errcheck // it has no name to be found by
	if err := os.Remove(initrd.Name()); err != nil { // qemu gets the open file; a kill leaves nothing behind
		return 0, err
	}
	err = buildImage(initrd, s, k, root, task{
		Sysctls: s.Sysctls, Program: program, Args: args, Env: guestEnv(os.Environ(), s.Have), Dir: dir, Collect: collect,
	})
	if err != nil {
		return 0, err
	}
	m := machine{settings: s, kernel: k, initrd: initrd, collect: collect, limit: timeLimit(args)}
	return m.boot(ctx)
}

// buildImage writes the guest's file system.
func buildImage(w *os.File, s settings, k kernel, root string, t task) error {
	i := image{archive: newArchive(w)}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	if libs, err := libraries(self); err != nil || len(libs) > 0 {
		return errors.New("vmtest is the guest's init and must be static; build it with CGO_ENABLED=0")
	}
	if err := i.file(self, initPath); err != nil {
		return err
	}
	if err := i.base(); err != nil {
		return err
	}
	if t.Modules, err = i.modules(k, slices.Concat(strings.Fields(portModules), s.Modules)); err != nil {
		return err
	}
	if err := i.program(t.Program, t.Program); err != nil {
		return err
	}
	for from, to := range extraFiles(os.Getenv("HA_VM_FILES")) {
		if err := i.extra(from, to); err != nil {
			return err
		}
	}
	if err := i.tree(root); err != nil {
		return err
	}
	if err := i.task(t); err != nil {
		return err
	}
	return i.Close()
}

// moduleRoot returns the nearest folder above dir that has a go.mod.
func moduleRoot(dir string) (string, error) {
	for d := dir; ; d = filepath.Dir(d) {
		if _, err := os.Stat(filepath.Join(d, "go.mod")); err == nil {
			return d, nil
		}
		if d == filepath.Dir(d) {
			return "", fmt.Errorf("%s is not inside a Go module", dir)
		}
	}
}

// extraFiles yields the pairs of host path and guest path that HA_VM_FILES lists.
func extraFiles(list string) func(func(from, to string) bool) {
	return func(yield func(from, to string) bool) {
		for item := range strings.SplitSeq(list, ",") {
			if item = strings.TrimSpace(item); item == "" {
				continue
			}
			from, to, ok := strings.Cut(item, ":")
			if !ok {
				to = from
			}
			if !yield(filepath.Clean(from), filepath.Clean(to)) {
				return
			}
		}
	}
}

// guestEnv returns the environment of the test: what concerns ha and the Go runtime of the host's, and a HA_HAVE
// that tells what the guest has, whatever the host's says.
func guestEnv(host, have []string) []string {
	env := []string{"PATH=" + guestPath, "HOME=/root", "USER=root", "TERM=dumb"}
	for _, v := range host {
		name, _, _ := strings.Cut(v, "=")
		switch {
		case name == "HA_HAVE" || strings.HasPrefix(name, "HA_VM_"):
		case strings.HasPrefix(name, "HA_"), slices.Contains([]string{
			"GODEBUG", "GOGC", "GOMAXPROCS", "GOMEMLIMIT", "GORACE", "GOTRACEBACK", "GOEXPERIMENT", "TZ", "LANG",
		}, name):
			env = append(env, v)
		}
	}
	have = slices.Clone(have)
	for _, to := range extraFiles(os.Getenv("HA_VM_FILES")) {
		have = append(have, filepath.Base(to))
	}
	return append(env, "HA_HAVE="+strings.Join(have, ","))
}
