package format

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/aymanbagabas/go-udiff"
	"github.com/google/renameio/v2"
	"github.com/hashicorp/hcl/v2"

	"ha/hcl/diag"
	"ha/hcl/source"
)

// Options say what Run does with files that are not in their layout.
type Options struct {
	Check     bool // write nothing, not even with Write
	Diff      bool // write a unified diff of each to Stdout
	Recursive bool // go into sub-folders
	Write     bool // write the file back
	Stdin     io.Reader
	Stdout    io.Writer
}

// Result is what Run did.
type Result struct {
	// Changed are the files that were not in their layout, in order; "-" is standard input.
	Changed []string
	Diags   hcl.Diagnostics // of files that cannot be formatted
	files   []*source.File
}

// Bytes returns the content of a file that Diags speaks of, for diag.Collect.
func (r *Result) Bytes(name string) []byte {
	for _, f := range r.files {
		if f.Name == name {
			return f.Bytes
		}
	}
	return nil
}

// Run formats files and folders; without any, the current folder. The path "-" is standard input, which is written to
// Stdout formatted, and must stand alone. Files that do not parse are left alone and reported in Diags. The error is
// about the work itself: a path that does not exist, a write that failed; Result then holds what was done before.
//
// A file is replaced whole or not at all and keeps its permissions. A symbolic link is followed, so that it stays a
// link, if it is named; links inside of folders are left alone, since what they name is another folder's file.
func Run(paths []string, o Options) (*Result, error) {
	r := &Result{}
	if slices.Contains(paths, "-") {
		if len(paths) > 1 {
			return r, errors.New(`"-" is standard input and stands alone`)
		}
		return r, r.stdin(o)
	}
	if len(paths) == 0 {
		paths = []string{"."}
	}
	files, err := find(paths, o.Recursive)
	if err != nil {
		return r, err
	}
	for _, path := range files {
		if err := r.file(path, o); err != nil {
			return r, err
		}
	}
	return r, nil
}

// find returns the files to format: those that are named, and the configuration files of folders that are.
func find(paths []string, recursive bool) ([]string, error) {
	var files []string
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return nil, fmt.Errorf("cannot format %s: %w", path, cause(err))
		}
		if !info.IsDir() {
			files = append(files, filepath.Clean(path))
			continue
		}
		inside, err := walk(path, recursive)
		if err != nil {
			return nil, err
		}
		files = append(files, inside...)
	}
	slices.Sort(files)
	return slices.Compact(files), nil
}

// walk returns the files of a folder that have a layout: configuration, tests and values of variables.
func walk(root string, recursive bool) ([]string, error) {
	var files []string
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return fmt.Errorf("cannot read %s: %w", path, cause(err))
		}
		hidden := strings.HasPrefix(e.Name(), ".") && path != root
		switch {
		case e.IsDir() && path != root && (hidden || !recursive):
			return fs.SkipDir
		case !hidden && e.Type().IsRegular() && hasLayout(e.Name()):
			files = append(files, path)
		}
		return nil
	})
	return files, err
}

func hasLayout(name string) bool {
	return !strings.HasPrefix(name, "#") && (strings.HasSuffix(name, ".hcl") || strings.HasSuffix(name, ".havars"))
}

// stdin formats standard input.
func (r *Result) stdin(o Options) error {
	src, err := io.ReadAll(io.LimitReader(o.Stdin, source.MaxFileSize+1))
	if err != nil {
		return fmt.Errorf("cannot read standard input: %w", err)
	}
	const name = "<stdin>"
	out, ok := r.format(src, name, "-")
	switch {
	case !ok:
		return nil
	case o.Diff:
		return writeDiff(o.Stdout, name, src, out)
	case o.Check:
		return nil
	}
	_, err = o.Stdout.Write(out)
	return err
}

// format formats one file and notes its name when that changed something.
func (r *Result) format(src []byte, name, label string) (out []byte, ok bool) {
	out, diags := Format(src, name)
	if diags.HasErrors() {
		r.files = append(r.files, &source.File{Name: name, Bytes: src})
		r.Diags = append(r.Diags, diags...)
		return nil, false
	}
	if !bytes.Equal(src, out) {
		r.Changed = append(r.Changed, label)
	}
	return out, true
}

func (r *Result) file(path string, o Options) error {
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("cannot format %s: %w", path, cause(err))
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("cannot format %s: it is not a regular file", path)
	}
	if info.Size() > source.MaxFileSize {
		at := hcl.Range{Filename: path, Start: hcl.InitialPos, End: hcl.InitialPos}
		r.Diags = append(r.Diags, diag.Error("HA1005", &at, fmt.Sprintf("%s is too large to be formatted: %d bytes", path, info.Size()),
			fmt.Sprintf("The limit is %d MiB.", source.MaxFileSize>>20), diag.Help("Is it a configuration file?")))
		return nil
	}
	src, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("cannot format %s: %w", path, cause(err))
	}
	out, ok := r.format(src, path, path)
	if !ok || bytes.Equal(src, out) {
		return nil
	}
	if o.Diff {
		if err := writeDiff(o.Stdout, path, src, out); err != nil {
			return err
		}
	}
	if !o.Write || o.Check {
		return nil
	}
	return replace(path, out, info)
}

// replace writes a file whole or not at all. What a link names is replaced, not the link.
func replace(path string, src []byte, info fs.FileInfo) error {
	target, err := filepath.EvalSymlinks(path)
	if err != nil {
		return fmt.Errorf("cannot write %s: %w", path, cause(err))
	}
	f, err := renameio.NewPendingFile(target, renameio.WithStaticPermissions(info.Mode().Perm()))
	if err != nil {
		return fmt.Errorf("cannot write %s: %w", path, cause(err))
	}
	defer func() { _ = f.Cleanup() }() // does nothing once the file is in its place
	if owner, ok := info.Sys().(*syscall.Stat_t); ok {
		_ = f.Chown(int(owner.Uid), int(owner.Gid)) // only root may; the file of somebody else becomes the user's own
	}
	if _, err := f.Write(src); err != nil {
		return fmt.Errorf("cannot write %s: %w", path, cause(err))
	}
	if err := f.CloseAtomicallyReplace(); err != nil {
		return fmt.Errorf("cannot write %s: %w", path, cause(err))
	}
	return nil
}

// writeDiff writes what formatting changes in the form of diff -u.
func writeDiff(w io.Writer, name string, src, out []byte) error {
	if bytes.Equal(src, out) {
		return nil
	}
	_, err := io.WriteString(w, udiff.Unified(name, name+" (formatted)", string(src), string(out)))
	return err
}

// cause is an error without operation and path, which the text around it names.
func cause(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}
