package main

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// outputFlags are the flags of a test binary that name a file to write, a path below -test.outputdir.
const outputFlags = "blockprofile coverprofile cpuprofile memprofile mutexprofile trace"

// outputs returns the files and folders that a test binary writes when it is given args in the folder dir, as
// absolute paths. Fuzzing is refused: its corpus would be lost with the machine.
func outputs(args []string, dir string) ([]string, error) {
	values := map[string]string{}
	for _, arg := range args {
		name, value, ok := strings.Cut(strings.TrimLeft(arg, "-"), "=")
		if name, isTest := strings.CutPrefix(name, "test."); ok && isTest && value != "" {
			values[name] = value
		}
	}
	if values["fuzz"] != "" {
		return nil, errors.New("-fuzz needs a corpus that outlives the machine; fuzz without -exec")
	}
	base := dir
	if d := values["outputdir"]; d != "" {
		base = d
	}
	var paths []string
	for _, name := range strings.Fields(outputFlags) {
		if v := values[name]; v != "" {
			paths = append(paths, absolute(base, v))
		}
	}
	for _, name := range []string{"gocoverdir", "testlogfile"} {
		if v := values[name]; v != "" {
			paths = append(paths, absolute(dir, v))
		}
	}
	return paths, nil
}

// absolute returns name as seen from dir.
func absolute(dir, name string) string {
	if filepath.IsAbs(name) {
		return filepath.Clean(name)
	}
	return filepath.Join(dir, name)
}

// sendFiles writes the files at or below paths to w, as tar. A file that the test did not write is left out.
func sendFiles(w io.Writer, paths []string) error {
	t := tar.NewWriter(w)
	for _, root := range paths {
		err := filepath.WalkDir(root, func(path string, entry os.DirEntry, err error) error {
			if errors.Is(err, os.ErrNotExist) || err == nil && !entry.Type().IsRegular() {
				return nil
			}
			if err != nil {
				return err
			}
			content, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			if err := t.WriteHeader(&tar.Header{Name: path, Mode: 0o644, Size: int64(len(content))}); err != nil {
				return err
			}
			_, err = t.Write(content)
			return err
		})
		if err != nil {
			return err
		}
	}
	return t.Close()
}

// receiveFiles writes what sendFiles sent, and only at or below paths.
func receiveFiles(r io.Reader, paths []string) error {
	for t := tar.NewReader(r); ; {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading what the test wrote: %w", err)
		}
		if !within(h.Name, paths) {
			return fmt.Errorf("the guest sent %s, which nobody asked for", h.Name)
		}
		content, err := io.ReadAll(t)
		if err != nil {
			return fmt.Errorf("reading %s from the guest: %w", h.Name, err)
		}
		if err := os.MkdirAll(filepath.Dir(h.Name), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(h.Name, content, 0o644); err != nil {
			return err
		}
	}
}

// within reports whether name is one of paths or below one.
func within(name string, paths []string) bool {
	for _, p := range paths {
		if rest, ok := strings.CutPrefix(filepath.Clean(name), p); ok && (rest == "" || rest[0] == '/') {
			return true
		}
	}
	return false
}
