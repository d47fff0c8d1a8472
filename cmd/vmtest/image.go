package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// maxModuleTree bounds the bytes of the module's own files that go into the guest's memory.
const maxModuleTree = 256 << 20

// busyboxDir holds the commands that busybox stands in for; guestPath is the guest's PATH.
const (
	busyboxDir = "/usr/lib/busybox"
	guestPath  = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:" + busyboxDir
)

// image puts together the guest's file system.
type image struct {
	*archive
	bytes int64 // of the module's tree so far
}

// base writes folders, the few files of /etc that programs look for, busybox, and the host's shell.
func (i *image) base() error {
	for _, dir := range []string{"/usr/bin", "/usr/sbin", "/usr/lib", "/usr/lib64"} {
		i.Dir(dir)
		i.Symlink("/"+filepath.Base(dir), dir[1:]) // Debian's merged /usr
	}
	for _, dir := range []string{"/proc", "/sys", "/dev", "/run", "/tmp", "/root", "/etc/keepalived", "/var/lib", "/usr/local/bin", "/usr/local/sbin"} {
		i.Dir(dir)
	}
	i.Symlink("/var/run", "/run")
	for name, content := range map[string]string{
		"/etc/passwd":        "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n",
		"/etc/group":         "root:x:0:\nnogroup:x:65534:\n",
		"/etc/hosts":         "127.0.0.1 localhost\n::1 localhost\n",
		"/etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
		"/etc/protocols":     "icmp 1 ICMP\ntcp 6 TCP\nudp 17 UDP\nipv6-icmp 58 IPv6-ICMP\nvrrp 112 VRRP\nsctp 132 SCTP\n",
	} {
		i.Bytes(name, 0o644, []byte(content))
	}
	if err := i.program("/bin/busybox", "/usr/bin/busybox"); err != nil {
		return fmt.Errorf("%w (package busybox-static)", err)
	}
	// busybox has a shell too, but that one prefers its own commands to programs of the same name.
	return i.program("/bin/sh", "/usr/bin/sh")
}

// modules writes kernel modules and returns their files in the order of loading.
func (i *image) modules(k kernel, wanted []string) ([]string, error) {
	order, err := loadOrder(k.Modules, wanted)
	if err != nil {
		return nil, err
	}
	dir := "/usr/lib/modules/" + k.Version
	var files []string
	for _, m := range order {
		file := filepath.Join(dir, m.Name+".ko")
		if err := i.file(m.File, file); err != nil {
			return nil, err
		}
		files = append(files, file)
	}
	i.Bytes(filepath.Join(dir, "modules.dep"), 0o644, dependencyFile(order, dir))
	return files, nil
}

// program writes an executable to the path to, with its loader and libraries where the host has them.
func (i *image) program(from, to string) error {
	libs, err := libraries(from)
	if err != nil {
		return err
	}
	for _, lib := range libs {
		if err := i.file(lib, lib); err != nil {
			return err
		}
	}
	return i.file(from, to)
}

// file copies a file, following symbolic links.
func (i *image) file(from, to string) error {
	to = mergedUsr(to)
	if i.Has(to) {
		return nil
	}
	f, err := os.Open(from)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // only read from
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s is not a regular file", from)
	}
	i.Stream(to, info.Mode(), info.Size(), f)
	return i.err
}

// extra brings what HA_VM_FILES names: a program with its libraries, a file, or a folder.
func (i *image) extra(from, to string) error {
	info, err := os.Stat(from)
	if err != nil {
		return fmt.Errorf("HA_VM_FILES: %w", err)
	}
	if !info.IsDir() {
		return i.program(from, to)
	}
	return filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		return i.file(path, to+strings.TrimPrefix(path, from))
	})
}

// tree copies the module at root to the same path, without hidden folders. Files that come and go meanwhile are
// no error: editors and other builds are at work in a source tree.
func (i *image) tree(root string) error {
	return filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil:
			return err
		case entry.IsDir() && path != root && strings.HasPrefix(entry.Name(), "."):
			return filepath.SkipDir
		case entry.IsDir():
			i.Dir(path)
			return nil
		case entry.Type()&fs.ModeSymlink != 0:
			target, err := os.Readlink(path)
			if err == nil {
				i.Symlink(path, target)
			}
			return ignoreGone(err)
		case !entry.Type().IsRegular():
			return nil
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return ignoreGone(err)
		}
		if i.bytes += int64(len(content)); i.bytes > maxModuleTree {
			return fmt.Errorf("the files of %s are more than %d MiB; remove what does not belong there", root, maxModuleTree>>20)
		}
		perm := fs.FileMode(0o644)
		if info, err := entry.Info(); err == nil {
			perm = info.Mode()
		}
		i.Bytes(path, perm, content)
		return nil
	})
}

// task writes what init has to do.
func (i *image) task(t task) error {
	content, err := json.Marshal(t)
	if err != nil {
		return err
	}
	i.Bytes(taskPath, 0o644, content)
	return nil
}

// mergedUsr maps /bin, /sbin, /lib and /lib64 to the folders in /usr that they are links to.
func mergedUsr(name string) string {
	for _, dir := range []string{"/bin/", "/sbin/", "/lib/", "/lib64/"} {
		if strings.HasPrefix(name, dir) {
			return "/usr" + name
		}
	}
	return name
}

// ignoreGone makes nothing of the error that a file does not exist.
func ignoreGone(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
