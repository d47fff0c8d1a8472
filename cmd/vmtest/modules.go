package main

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// module is a kernel module and the modules that it needs, by name.
type module struct {
	Name, File string
	Needs      []string
}

// loadOrder returns the wanted modules of a folder as in /lib/modules/VERSION, each after those that it needs. A name
// that is neither a module nor built into the kernel is an error.
func loadOrder(dir string, wanted []string) ([]module, error) {
	files, err := moduleFiles(dir)
	if err != nil {
		return nil, err
	}
	builtin, err := builtinModules(dir)
	if err != nil {
		return nil, err
	}
	var order []module
	seen := map[string]bool{}
	var visit func(name string) error
	visit = func(name string) error {
		name = moduleName(name)
		if seen[name] || builtin[name] {
			return nil
		}
		seen[name] = true
		file := files[name]
		if file == "" {
			return fmt.Errorf("the kernel in %s has no module %s", dir, name)
		}
		needs, err := moduleNeeds(file)
		if err != nil {
			return err
		}
		for _, n := range needs {
			if err := visit(n); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
		order = append(order, module{Name: name, File: file, Needs: needs})
		return nil
	}
	for _, name := range wanted {
		if err := visit(name); err != nil {
			return nil, err
		}
	}
	return order, nil
}

// moduleFiles finds all modules in a folder, by name.
func moduleFiles(dir string) (map[string]string, error) {
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() && strings.HasSuffix(path, ".ko") {
			files[moduleName(filepath.Base(path))] = path
		}
		return err
	})
	if err == nil && len(files) == 0 {
		err = errors.New(dir + " holds no uncompressed kernel modules (*.ko)")
	}
	return files, err
}

// moduleNeeds reads the dependencies that the kernel build wrote into a module's .modinfo section.
func moduleNeeds(file string) ([]string, error) {
	f, err := elf.Open(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	defer f.Close() //nolint:errcheck // only read from
	section := f.Section(".modinfo")
	if section == nil {
		return nil, fmt.Errorf("%s is not a kernel module: it has no .modinfo section", file)
	}
	info, err := section.Data()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	for line := range bytes.SplitSeq(info, []byte{0}) {
		if list, ok := bytes.CutPrefix(line, []byte("depends=")); ok && len(list) > 0 {
			return strings.Split(string(list), ","), nil
		}
	}
	return nil, nil
}

// moduleName is the name by which the kernel knows a module: x-y.ko and x_y are the same.
func moduleName(s string) string {
	return strings.ReplaceAll(strings.TrimSuffix(s, ".ko"), "-", "_")
}

// builtinModules reads which modules are part of the kernel image.
func builtinModules(dir string) (map[string]bool, error) {
	list, err := os.ReadFile(filepath.Join(dir, "modules.builtin"))
	if err != nil {
		return nil, err
	}
	names := map[string]bool{}
	for line := range strings.Lines(string(list)) {
		names[moduleName(filepath.Base(strings.TrimSpace(line)))] = true
	}
	return names, nil
}

// dependencyFile returns the content of modules.dep for the modules, whose files stand in the guest's folder dir, so
// that modprobe finds what is loaded already.
func dependencyFile(modules []module, dir string) []byte {
	files := map[string]string{}
	for _, m := range modules {
		files[m.Name] = filepath.Join(dir, m.Name+".ko")
	}
	var b bytes.Buffer
	for _, m := range modules {
		fmt.Fprintf(&b, "%s:", files[m.Name])
		for _, n := range m.Needs {
			if file := files[moduleName(n)]; file != "" {
				fmt.Fprintf(&b, " %s", file)
			}
		}
		b.WriteByte('\n')
	}
	return b.Bytes()
}
