package netlab

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// namesDir is where `ip netns` keeps its names.
const namesDir = "/run/netns"

// NewNamed makes a namespace that `ip netns exec NAME` can enter. It outlives this process: Close removes it, and Sweep
// what a crash left. The name must be free and must not contain a slash. Needs a writable /run.
func NewNamed(name string) (*Namespace, error) {
	if name == "" || name == "." || name == ".." || strings.ContainsRune(name, '/') {
		return nil, fmt.Errorf("make network namespace %q: not a name", name)
	}
	mark := filepath.Join(namesDir, name)
	if err := os.MkdirAll(namesDir, 0o755); err != nil {
		return nil, fmt.Errorf("make network namespace %s: %w", name, err)
	}
	file, err := os.OpenFile(mark, os.O_RDONLY|os.O_CREATE|os.O_EXCL, 0o444)
	if err != nil {
		return nil, fmt.Errorf("make network namespace %s: %w", name, err)
	}
	if err := file.Close(); err != nil {
		return nil, err
	}
	n, err := create(name, func(path string) error {
		if err := unix.Mount(path, mark, "bind", unix.MS_BIND, ""); err != nil {
			return fmt.Errorf("mount network namespace %s at %s: %w", name, mark, err)
		}
		return nil
	})
	if err != nil {
		return nil, errors.Join(err, removeName(name))
	}
	return n, nil
}

// Sweep removes every named namespace whose name starts with prefix, and kills the processes that run in them: what a
// crash of an earlier run left behind. It returns the names that it removed. An empty prefix is refused.
func Sweep(prefix string) ([]string, error) {
	if prefix == "" {
		return nil, errors.New("sweep network namespaces: an empty prefix would remove all")
	}
	entries, err := os.ReadDir(namesDir)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("sweep network namespaces: %w", err)
	}
	var swept []string
	var errs []error
	for _, entry := range entries {
		name := entry.Name()
		if !strings.HasPrefix(name, prefix) {
			continue
		}
		if err := errors.Join(killInside(filepath.Join(namesDir, name)), removeName(name)); err != nil {
			errs = append(errs, fmt.Errorf("sweep network namespace %s: %w", name, err))
			continue
		}
		swept = append(swept, name)
	}
	return swept, errors.Join(errs...)
}

// removeName takes the mount and the file of a name away; what is already gone is fine.
func removeName(name string) error {
	path := filepath.Join(namesDir, name)
	err := unix.Unmount(path, unix.MNT_DETACH)
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOENT) { // never mounted, or removed by hand
		err = nil
	}
	if remove := os.Remove(path); remove != nil && !errors.Is(remove, os.ErrNotExist) {
		err = errors.Join(err, remove)
	}
	return err
}

// killInside kills the processes whose network namespace is the one mounted at path, but never this one.
func killInside(path string) error {
	var wanted unix.Stat_t
	if err := unix.Stat(path, &wanted); err != nil {
		return err
	}
	processes, err := filepath.Glob("/proc/[0-9]*/ns/net")
	if err != nil {
		return err
	}
	for _, link := range processes {
		var here unix.Stat_t
		if unix.Stat(link, &here) != nil || here.Dev != wanted.Dev || here.Ino != wanted.Ino {
			continue // gone meanwhile, or elsewhere
		}
		pid, err := strconv.Atoi(strings.Split(link, "/")[2])
		if err != nil || pid == os.Getpid() {
			continue
		}
		if err := unix.Kill(pid, unix.SIGKILL); err != nil && !errors.Is(err, unix.ESRCH) {
			return fmt.Errorf("kill process %d: %w", pid, err)
		}
	}
	return nil
}
