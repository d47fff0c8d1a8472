package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/sys/unix"
)

// namespaceFlag names another network namespace to run in.
const namespaceFlag = "namespace"

// enterNamespace starts this program again in a network namespace: one that `ip netns add` made, or the path of another
// (/proc/PID/ns/net). A namespace belongs to a thread, and the program starts again with the one that entered it, so that
// all its threads and children are inside. It returns only when that failed.
func enterNamespace(cmd *cobra.Command, name string) error {
	path := name
	if !strings.ContainsRune(name, '/') {
		path = filepath.Join("/run/netns", name)
	}
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return leave(exitUsage, "there is no network namespace %q (%w); `ip netns list` shows those that have a name", name, err)
	}
	if err != nil {
		return fmt.Errorf("network namespace %q: %w", name, err)
	}
	defer func() { _ = file.Close() }() // for the case that the next steps fail; it was only read
	exe, err := os.Executable()
	if err != nil {
		return err
	}
	runtime.LockOSThread() // for good: this thread ends with the program, or becomes it
	if err := unix.Setns(int(file.Fd()), unix.CLONE_NEWNET); err != nil {
		return fmt.Errorf("enter network namespace %q (root is needed): %w", name, err)
	}
	args := []string{os.Args[0], cmd.Name()}
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if f.Name != namespaceFlag {
			args = append(args, "--"+f.Name+"="+f.Value.String())
		}
	})
	if err := unix.Exec(exe, args, os.Environ()); err != nil {
		return fmt.Errorf("start again in network namespace %q: %w", name, err)
	}
	return nil
}
