package main

import (
	"bufio"
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// libraries returns what a program needs beside itself to start: its loader and its shared libraries, and theirs.
// A static program and a file that is no ELF program need nothing.
func libraries(program string) ([]string, error) {
	dirs := libraryDirs()
	var found []string
	seen := map[string]bool{}
	for queue := []string{program}; len(queue) > 0; queue = queue[1:] {
		needed, loader, runpath, err := linkage(queue[0])
		if err != nil {
			return nil, err
		}
		if loader != "" && !seen[loader] {
			seen[loader] = true
			found = append(found, loader)
		}
		for _, name := range needed {
			if seen[name] {
				continue
			}
			seen[name] = true
			file := findLibrary(name, append(runpath, dirs...))
			if file == "" {
				return nil, fmt.Errorf("%s needs %s, which is in none of %s; build it static (CGO_ENABLED=0) or install the library",
					queue[0], name, strings.Join(dirs, ", "))
			}
			found = append(found, file)
			queue = append(queue, file)
		}
	}
	return found, nil
}

// linkage reads what an ELF file asks for: libraries by name, the loader, and folders to search first.
func linkage(name string) (needed []string, loader string, runpath []string, err error) {
	f, err := elf.Open(name)
	if bad := (*elf.FormatError)(nil); errors.As(err, &bad) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, "", nil, nil // a script, or data
	}
	if err != nil {
		return nil, "", nil, err
	}
	defer f.Close() //nolint:errcheck // only read from
	for _, p := range f.Progs {
		if p.Type != elf.PT_INTERP || p.Filesz > 4096 {
			continue
		}
		path, err := io.ReadAll(p.Open())
		if err != nil {
			return nil, "", nil, fmt.Errorf("%s: %w", name, err)
		}
		loader = string(bytes.TrimRight(path, "\x00"))
	}
	for _, tag := range []elf.DynTag{elf.DT_RPATH, elf.DT_RUNPATH} {
		paths, _ := f.DynString(tag) // absent in a static program
		for _, p := range paths {
			p = strings.ReplaceAll(p, "$ORIGIN", filepath.Dir(name))
			runpath = append(runpath, strings.Split(p, ":")...)
		}
	}
	needed, err = f.ImportedLibraries()
	if err != nil {
		return nil, "", nil, fmt.Errorf("%s: %w", name, err)
	}
	return needed, loader, runpath, nil
}

// findLibrary returns the first file of that name, or "".
func findLibrary(name string, dirs []string) string {
	for _, dir := range dirs {
		file := filepath.Join(dir, name)
		if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() {
			return file
		}
	}
	return ""
}

// libraryDirs returns the folders in which the loader searches, those of /etc/ld.so.conf.d first.
func libraryDirs() []string {
	var dirs []string
	confs, _ := filepath.Glob("/etc/ld.so.conf.d/*.conf") // the pattern is well-formed
	for _, conf := range confs {
		content, err := os.ReadFile(conf)
		if err != nil {
			continue // as the loader does
		}
		for lines := bufio.NewScanner(bytes.NewReader(content)); lines.Scan(); {
			if line := strings.TrimSpace(lines.Text()); strings.HasPrefix(line, "/") {
				dirs = append(dirs, line)
			}
		}
	}
	return append(dirs, "/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib64", "/usr/lib64", "/lib", "/usr/lib")
}
