package source

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"golang.org/x/sync/errgroup"

	"ha/hcl/diag"
)

// Load reads and parses all *.hcl files of one folder, without those of sub-folders, dot files, backups of editors and
// tests (*.hatest.hcl). Files is never nil; a file that could not be read is in it as broken, without bytes, so that
// nobody takes what it would declare for missing.
func Load(dir string) (*Files, hcl.Diagnostics) {
	files := &Files{Root: dir}
	root, d := openFolder(dir)
	if d != nil {
		return files, hcl.Diagnostics{d}
	}
	defer func() { _ = root.Close() }()

	names, diags := list(dir, root)
	found := make([]*File, len(names))
	var total int64
	for i, name := range names {
		src, d := read(root, name)
		if d != nil {
			diags = append(diags, d)
		}
		total += int64(len(src))
		if total > MaxTotalSize {
			return files, append(diags, diag.Error("HA1006", nil,
				fmt.Sprintf("the configuration in %s is too large: more than %s in all files", dir, mebibytes(MaxTotalSize)),
				fmt.Sprintf("The limit was reached at %s, file %d of %d.", name, i+1, len(names)),
				diag.Help("Move what is not configuration out of the folder.")))
		}
		found[i] = &File{Name: name, Bytes: src, Broken: d != nil}
	}
	return &Files{Root: dir, List: found}, append(diags, parseAll(found)...)
}

// parseAll parses the files at the same time and returns their findings in the order of files.
func parseAll(files []*File) hcl.Diagnostics {
	found := make([]hcl.Diagnostics, len(files))
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i, f := range files {
		if f.Broken {
			f.Body = &hclsyntax.Body{Attributes: hclsyntax.Attributes{}}
			continue
		}
		g.Go(func() error {
			files[i], found[i] = Parse(f.Name, f.Bytes)
			return nil
		})
	}
	_ = g.Wait() // the functions return no errors
	return slices.Concat(found...)
}

// openFolder opens the folder so that nothing outside of it can be read through it.
func openFolder(dir string) (*os.Root, *hcl.Diagnostic) {
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, diag.Error("HA1001", nil, "there is no folder "+dir, "",
			diag.Help("Name the folder that holds the *.hcl files, or change into it."))
	case err != nil:
		return nil, diag.Error("HA1001", nil, "cannot read the folder "+dir+": "+reason(err), "",
			diag.Help("Check its permissions and those of the folders above it."))
	case !info.IsDir():
		return nil, diag.Error("HA1002", nil, dir+" is a file; a configuration is a folder of *.hcl files",
			"All files of one folder together describe the cluster, so they are always read together.",
			diag.Help(fmt.Sprintf("Name its folder: %s", filepath.Dir(dir))))
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, diag.Error("HA1001", nil, "cannot read the folder "+dir+": "+reason(err), "",
			diag.Help("Check its permissions and those of the folders above it."))
	}
	return root, nil
}

// list returns the names of the configuration files of a folder in byte order.
func list(dir string, root *os.Root) ([]string, hcl.Diagnostics) {
	folder, err := root.Open(".")
	if err != nil {
		return nil, hcl.Diagnostics{diag.Error("HA1001", nil, "cannot read the folder "+dir+": "+reason(err), "",
			diag.Help("Reading it needs the permissions r and x on the folder."))}
	}
	defer func() { _ = folder.Close() }()
	var names, others []string
	for {
		entries, err := folder.ReadDir(1000)
		for _, e := range entries {
			if isConfig(e.Name()) {
				names = append(names, e.Name())
			} else if len(others) < 1000 {
				others = append(others, e.Name())
			}
		}
		if len(names) > MaxFiles {
			return nil, hcl.Diagnostics{diag.Error("HA1007", nil,
				fmt.Sprintf("%s holds more than %d *.hcl files", dir, MaxFiles), "",
				diag.Help("Join files, or move what is not configuration out of the folder."))}
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, hcl.Diagnostics{diag.Error("HA1001", nil, "cannot read the folder "+dir+": "+reason(err), "",
				diag.Help("Look at the file system: is it mounted, are there errors in the kernel log?"))}
		}
	}
	if len(names) == 0 {
		return nil, hcl.Diagnostics{noFiles(dir, root, others)}
	}
	slices.Sort(names)
	return names, nil
}

// isConfig tells whether a name is that of a configuration file.
func isConfig(name string) bool {
	return strings.HasSuffix(name, ".hcl") && !strings.HasSuffix(name, ".hatest.hcl") &&
		!strings.HasPrefix(name, ".") && !strings.HasPrefix(name, "#")
}

// noFiles says that a folder holds no configuration, and where there is some.
func noFiles(dir string, root *os.Root, others []string) *hcl.Diagnostic {
	help := "Create a file there, for example cluster.hcl, or name another folder."
	slices.Sort(others)
	for _, name := range others {
		sub, err := fs.ReadDir(root.FS(), name)
		if err != nil || strings.HasPrefix(name, ".") {
			continue
		}
		if slices.ContainsFunc(sub, func(e fs.DirEntry) bool { return isConfig(e.Name()) }) {
			help = fmt.Sprintf("Did you mean the folder %s? It holds *.hcl files.", filepath.Join(dir, name))
			break
		}
	}
	return diag.Error("HA1003", nil, "no *.hcl files in "+dir,
		"Only files of the folder itself are read; dot files and *.hatest.hcl are left out.", diag.Help(help))
}

// read reads one file of at most MaxFileSize bytes.
func read(root *os.Root, name string) ([]byte, *hcl.Diagnostic) {
	// Without O_NONBLOCK opening a named pipe would wait for somebody to write into it.
	f, err := root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, cannotOpen(root, name, err)
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return nil, cannotOpen(root, name, err)
	}
	if !info.Mode().IsRegular() {
		return nil, diag.Error("HA1009", fileRange(name), name+" is not a regular file but "+kind(info.Mode()),
			"Everything in the folder that ends in .hcl is read as configuration.",
			diag.Help("Rename it, or move it out of the folder."))
	}
	if info.Size() > MaxFileSize {
		return nil, tooLarge(name, info.Size())
	}
	src, err := io.ReadAll(io.LimitReader(f, MaxFileSize+1)) // it may grow meanwhile
	if err != nil {
		return nil, cannotOpen(root, name, err)
	}
	if len(src) > MaxFileSize {
		return nil, tooLarge(name, int64(len(src)))
	}
	return src, nil
}

func kind(m fs.FileMode) string {
	switch {
	case m.IsDir():
		return "a folder"
	case m&fs.ModeNamedPipe != 0:
		return "a named pipe"
	case m&fs.ModeSocket != 0:
		return "a socket"
	}
	return "a device"
}

// cannotOpen says why a file could not be opened or read.
func cannotOpen(root *os.Root, name string, err error) *hcl.Diagnostic {
	target, linkErr := root.Readlink(name)
	switch {
	case linkErr == nil && errors.Is(err, fs.ErrNotExist):
		return diag.Error("HA1004", fileRange(name), fmt.Sprintf("%s is a link to %s, which does not exist", name, target), "",
			diag.Help("Restore the file that the link names, or remove the link."))
	case linkErr == nil && errors.Is(err, syscall.ELOOP):
		return diag.Error("HA1004", fileRange(name), fmt.Sprintf("%s is a link to %s, which leads in a circle", name, target), "",
			diag.Help("Replace the link by a file, or remove it."))
	case linkErr == nil && !errors.Is(err, fs.ErrPermission):
		return diag.Error("HA1008", fileRange(name), fmt.Sprintf("%s is a link to %s, outside of the configuration", name, target),
			"Only files below the folder are read, so that the folder is the whole configuration wherever it is copied to. "+
				"A link with an absolute target counts as outside.",
			diag.Help("Copy the file into the folder, or make the link relative if its target is inside."))
	case errors.Is(err, fs.ErrPermission):
		return diag.Error("HA1004", fileRange(name), "no permission to read "+name, "",
			diag.Help(fmt.Sprintf("Allow it, for example: chmod a+r %q", name)))
	}
	return diag.Error("HA1004", fileRange(name), "cannot read "+name+": "+reason(err), "",
		diag.Help("Look at the file system: is it mounted, are there errors in the kernel log?"))
}

// reason is an error without the operation and the path that *fs.PathError puts before it.
func reason(err error) string {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err.Error()
	}
	return err.Error()
}
