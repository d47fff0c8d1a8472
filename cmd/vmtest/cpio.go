package main

import (
	"bufio"
	"fmt"
	"io"
	"io/fs"
	"path"
)

// archive writes an initramfs in the "new ASCII" cpio format (kernel Documentation/driver-api/early-userspace/
// buffer-format.rst). It makes the folders above each entry, and writes a path once: the first entry counts.
// It is not compressed: unpacking under emulation costs more than the bytes do.
type archive struct {
	w       *bufio.Writer
	n       int64 // bytes written
	inode   int
	written map[string]bool
	err     error
}

// File types of the mode field, as in stat.
const (
	modeDir     = 0o040000
	modeFile    = 0o100000
	modeSymlink = 0o120000
)

func newArchive(w io.Writer) *archive {
	return &archive{w: bufio.NewWriterSize(w, 1<<20), written: map[string]bool{"/": true}}
}

// Has reports whether name, an absolute path, was written.
func (a *archive) Has(name string) bool { return a.written[path.Clean(name)] }

// Dir writes a folder.
func (a *archive) Dir(name string) { a.entry(name, modeDir|0o755, 0, nil) }

// Symlink writes a symbolic link to target.
func (a *archive) Symlink(name, target string) {
	a.entry(name, modeSymlink|0o777, int64(len(target)), func(w io.Writer) error {
		_, err := io.WriteString(w, target)
		return err
	})
}

// Bytes writes a file with the given content.
func (a *archive) Bytes(name string, perm fs.FileMode, content []byte) {
	a.entry(name, modeFile|uint32(perm.Perm()), int64(len(content)), func(w io.Writer) error {
		_, err := w.Write(content)
		return err
	})
}

// Stream writes a file of exactly size bytes, read from r.
func (a *archive) Stream(name string, perm fs.FileMode, size int64, r io.Reader) {
	a.entry(name, modeFile|uint32(perm.Perm()), size, func(w io.Writer) error {
		_, err := io.CopyN(w, r, size)
		return err
	})
}

// Close writes the end of the archive and returns the first error met.
func (a *archive) Close() error {
	a.header("TRAILER!!!", 0, 0)
	a.pad()
	if a.err != nil {
		return a.err
	}
	return a.w.Flush()
}

// entry writes one member with its parents.
func (a *archive) entry(name string, mode uint32, size int64, body func(io.Writer) error) {
	name = path.Clean(name)
	if a.err != nil || a.written[name] {
		return
	}
	if !path.IsAbs(name) {
		a.err = fmt.Errorf("initramfs: %q is not an absolute path", name)
		return
	}
	if size > 0xffffffff {
		a.err = fmt.Errorf("initramfs: %s: %d bytes are too many for the format", name, size)
		return
	}
	a.Dir(path.Dir(name))
	a.written[name] = true
	a.header(name[1:], mode, size)
	if body != nil && a.err == nil {
		if err := body(a.w); err != nil {
			a.err = fmt.Errorf("initramfs: %s: %w", name, err)
		}
		a.n += size
	}
	a.pad()
}

// header writes the thirteen fields of a member, its name, and padding.
func (a *archive) header(name string, mode uint32, size int64) {
	if a.err != nil {
		return
	}
	a.inode++
	n, err := fmt.Fprintf(a.w, "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%s\x00",
		a.inode, mode, 0, 0, 1, 0, size, 0, 0, 0, 0, len(name)+1, 0, name)
	a.n += int64(n)
	a.err = err
	a.pad()
}

// pad fills up to a multiple of four bytes.
func (a *archive) pad() {
	for ; a.err == nil && a.n%4 != 0; a.n++ {
		a.err = a.w.WriteByte(0)
	}
}
