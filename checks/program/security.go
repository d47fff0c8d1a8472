package program

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// runner is as whom a program runs.
type runner struct{ uid, gid uint32 }

// runnerOf finds a user and a group by name or number; an empty group is the first one of the user. Users may come and go
// while the enforcer runs, so that each probe asks anew.
func runnerOf(name, group string) (runner, error) {
	u, err := user.Lookup(name)
	if _, number := strconv.ParseUint(name, 10, 32); err != nil && number == nil {
		u, err = user.LookupId(name)
	}
	if err != nil {
		return runner{}, fmt.Errorf("the user %q does not exist on this node", name)
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return runner{}, fmt.Errorf("the user %q has the number %q", name, u.Uid)
	}
	number := u.Gid
	if group != "" {
		g, err := user.LookupGroup(group)
		if _, number := strconv.ParseUint(group, 10, 32); err != nil && number == nil {
			g, err = user.LookupGroupId(group)
		}
		if err != nil {
			return runner{}, fmt.Errorf("the group %q does not exist on this node", group)
		}
		number = g.Gid
	}
	gid, err := strconv.ParseUint(number, 10, 32)
	if err != nil {
		return runner{}, fmt.Errorf("the group of %q has the number %q", name, number)
	}
	return runner{uint32(uid), uint32(gid)}, nil
}

// root reports whether the program has rights that others must not get by changing it.
func (r runner) root() bool { return r.uid == 0 || r.gid == 0 }

// credential is what the program runs with, without any further groups. An enforcer that is that user already has
// nothing to change, and may not be allowed to.
func (r runner) credential() *syscall.Credential {
	if os.Geteuid() != 0 && os.Geteuid() == int(r.uid) && os.Getegid() == int(r.gid) {
		return nil
	}
	return &syscall.Credential{Uid: r.uid, Gid: r.gid}
}

// maxLinks is how many symbolic links a path may lead through, as in Linux (MAXSYMLINKS).
const maxLinks = 40

// admit refuses a program that is not a file to execute. As root it also refuses one that somebody else could exchange: each
// folder and link on the way to it, as written and as it resolves, and the file itself must belong to root and be writable
// by root alone. Folders with the sticky bit may be writable, since nobody can exchange what root has in them.
func admit(path string, asRoot bool) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s does not exist", path)
	case err != nil:
		return fmt.Errorf("%s cannot be run: %w", path, plainly(errors.Unwrap(err)))
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is not a file", path)
	case info.Mode()&0o111 == 0:
		return fmt.Errorf("%s is not executable: chmod +x", path)
	}
	if !asRoot && info.Mode()&(fs.ModeSetuid|fs.ModeSetgid) == 0 {
		return nil
	}
	return guardedPath(path)
}

// guardedPath walks a path as the kernel does, link by link.
func guardedPath(path string) error {
	at, rest, links := "/", strings.Split(path, "/"), 0
	if err := guardedFile(at); err != nil {
		return err
	}
	for len(rest) > 0 {
		part := rest[0]
		rest = rest[1:]
		switch part {
		case "", ".":
			continue
		case "..":
			at = filepath.Dir(at)
			continue
		}
		next := filepath.Join(at, part)
		if err := guardedFile(next); err != nil {
			return err
		}
		to, err := os.Readlink(next)
		if err != nil { // no link
			at = next
			continue
		}
		if links++; links > maxLinks {
			return fmt.Errorf("%s leads through more than %d symbolic links", path, maxLinks)
		}
		if filepath.IsAbs(to) {
			at = "/"
		}
		rest = append(strings.Split(to, "/"), rest...)
	}
	return nil
}

// guardedFile refuses a file, folder or link that somebody else than root may change.
func guardedFile(path string) error {
	info, err := os.Lstat(path)
	if err != nil {
		return fmt.Errorf("%s cannot be looked at: %w", path, plainly(errors.Unwrap(err)))
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	mode := info.Mode()
	switch {
	case !ok || owner.Uid != 0:
		return fmt.Errorf("it would run as root, and %s belongs to another user: chown root, or set user", path)
	case mode&fs.ModeSymlink != 0, mode.IsDir() && mode&fs.ModeSticky != 0:
		return nil // the mode of a link means nothing
	case mode&0o002 != 0, mode&0o020 != 0 && owner.Gid != 0:
		return fmt.Errorf("it would run as root, and others may write %s: chmod go-w, or set user", path)
	}
	return nil
}

// Owner finds a user and a group by name or number, as those of a program: an empty group is the first one of the user. The
// error says which does not exist.
func Owner(user, group string) (uid, gid uint32, err error) {
	r, err := runnerOf(user, group)
	return r.uid, r.gid, err
}
