package kernel

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"strings"

	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"

	"ha/planner"
)

// sysctlRoot is where the kernel shows sysctls as files. Below net/ they are those of the reader's network namespace.
const sysctlRoot = "/proc/sys/"

// sysctlPath is the file of a sysctl: dots separate, and "/" stands for a dot inside an interface's name, as
// sysctl(8) writes it (net.ipv4.conf.eth0/100.rp_filter).
func sysctlPath(key planner.SysctlKey) (string, error) {
	swap := strings.NewReplacer(".", "/", "/", ".")
	path := swap.Replace(string(key))
	for part := range strings.SplitSeq(path, "/") {
		if part == "" || part == "." || part == ".." || strings.ContainsRune(part, 0) {
			return "", fmt.Errorf("%q is not the name of a sysctl", string(key))
		}
	}
	return sysctlRoot + path, nil
}

// ReadSysctls reads the sysctls of the given names. One that this kernel does not have is missing from the answer, as is
// one that cannot be read but only written.
func (k *Kernel) ReadSysctls(ctx context.Context, keys []planner.SysctlKey) (map[planner.SysctlKey]planner.Sysctl, error) {
	values := make(map[planner.SysctlKey]planner.Sysctl, len(keys))
	err := k.inside(func() error {
		for _, key := range keys {
			if err := ctx.Err(); err != nil {
				return err
			}
			if isTimeout(key) {
				continue
			}
			path, err := sysctlPath(key)
			if err != nil {
				return err
			}
			b, err := os.ReadFile(path)
			switch {
			case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission):
				continue
			case err != nil:
				return fmt.Errorf("reading sysctl %s: %w", string(key), err)
			}
			values[key] = normalSysctl(planner.Sysctl(b))
		}
		return nil
	})
	if err == nil {
		err = k.readTimeouts(ctx, keys, values)
	}
	return values, err
}

// writeSysctl carries out a checked change of a sysctl. The kernel has it or not: creating one is setting it.
func (k *Kernel) writeSysctl(key planner.SysctlKey, c planner.Change) error {
	after, _ := c.After.(planner.Sysctl)
	path, err := sysctlPath(key)
	if err != nil {
		return err
	}
	return k.inside(func() error {
		// Never O_CREATE: /proc/sys takes none, and a typo must stay ENOENT.
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return bare(err)
		}
		_, err = f.WriteString(string(normalSysctl(after)) + "\n")
		return errors.Join(bare(err), f.Close())
	})
}

// bare takes the path off an error: the key says it already.
func bare(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// inside runs fn in the kernel's network namespace. With a namespace of its own that is a thread which ends with fn, so
// that no other goroutine ever runs on it.
func (k *Kernel) inside(fn func() error) error {
	if k.options.Namespace == "" {
		return fn()
	}
	ns, err := netns.GetFromPath(k.options.Namespace)
	if err != nil {
		return fmt.Errorf("opening network namespace %s: %w", k.options.Namespace, err)
	}
	defer ns.Close() //nolint:errcheck // only read from
	return onThread(func() error {
		if err := netns.Set(ns); err != nil {
			return fmt.Errorf("entering network namespace %s: %w", k.options.Namespace, err)
		}
		return fn()
	})
}

// onThread runs fn on a thread that ends with it. The main thread cannot end, and /proc/self shows its namespace: a
// goroutine that finds itself there holds it and lets another do the work.
func onThread(fn func() error) error {
	result := make(chan error)
	go func() {
		runtime.LockOSThread()
		if unix.Gettid() == unix.Getpid() {
			result <- onThread(fn)
			runtime.UnlockOSThread()
			return
		}
		result <- fn()
	}()
	return <-result
}
