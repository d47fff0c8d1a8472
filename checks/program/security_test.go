package program

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// As root: whatever others could exchange does not run as root.
func TestAProgramOfRootIsSafe(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root: files of several owners")
	}
	base, err := os.MkdirTemp("/run", "ha-program-") //nolint:usetesting // each folder above must be safe for root
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(base) })
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.Chmod(base, 0o755))
	file := func(path string, mode os.FileMode, uid, gid int) string {
		path = filepath.Join(base, path)
		must(os.MkdirAll(filepath.Dir(path), 0o755))
		must(os.WriteFile(path, []byte("#!/bin/sh\n"), 0o700))
		must(os.Chown(path, uid, gid))
		must(os.Chmod(path, mode))
		return path
	}
	good := file("good/x", 0o755, 0, 0)
	file("open/x", 0o755, 0, 0)
	must(os.Chmod(filepath.Join(base, "open"), 0o777))
	file("sticky/x", 0o755, 0, 0)
	must(os.Chmod(filepath.Join(base, "sticky"), os.ModeSticky|0o777))
	file("theirs/x", 0o755, 0, 0)
	must(os.Chown(filepath.Join(base, "theirs"), 65534, 65534))
	must(os.Symlink(good, filepath.Join(base, "link")))
	must(os.Symlink("good/../good", filepath.Join(base, "folder")))
	must(os.Symlink("open/x", filepath.Join(base, "away")))
	must(os.Symlink("loop", filepath.Join(base, "loop")))
	tests := []struct{ name, path, want string }{
		{"a safe file", good, ""},
		{"a file in a sticky folder", "sticky/x", ""},
		{"a link to a safe file", "link", ""},
		{"a link to a safe folder", "folder/x", ""},
		{"a file of another user", file("a", 0o755, 65534, 0), "belongs to another user"},
		{"a file that others write", file("b", 0o757, 0, 0), "others may write"},
		{"a file that a group writes", file("c", 0o775, 0, 65534), "others may write"},
		{"a file that the group of root writes", file("d", 0o775, 0, 0), ""},
		{"a folder that others write", "open/x", "others may write " + base + "/open:"},
		{"a folder of another user", "theirs/x", base + "/theirs belongs to another user"},
		{"a link into a folder that others write", "away", "others may write " + base + "/open:"},
		{"links in a circle", "loop", "too many levels of symbolic links"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			path := test.path
			if !filepath.IsAbs(path) {
				path = filepath.Join(base, path)
			}
			err := admit(path, true)
			if err == nil != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
	setuid := file("setuid", 0o757, 0, 0)
	must(os.Chmod(setuid, os.ModeSetuid|0o757))
	if err := admit(setuid, false); err == nil || !strings.Contains(err.Error(), "others may write") {
		t.Errorf("a program that becomes root by itself: got %v", err)
	}
	if err := admit(file("e", 0o757, 65534, 65534), false); err != nil {
		t.Errorf("a program that does not run as root: %v", err)
	}
}
