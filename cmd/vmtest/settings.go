package main

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// settings is the machine as a file in testdata/vm describes it.
type settings struct {
	Memory  int      // in MiB
	CPUs    int      // that the guest sees
	Have    []string // what the guest's HA_HAVE promises
	Modules []string // kernel modules to load, without those they depend on
	Sysctls []string // NAME=VALUE, set before the test starts
}

// readSettings reads the machine file of the module at root: the one that HA_VM_MACHINE names, or else the usual one.
func readSettings(root string) (settings, error) {
	name := filepath.Join(root, "testdata", "vm", filepath.Base(cmp.Or(os.Getenv("HA_VM_MACHINE"), "machine")))
	f, err := os.Open(name)
	if err != nil {
		return settings{}, fmt.Errorf("the machine is not described: %w", err)
	}
	defer f.Close() //nolint:errcheck // only read from
	s, err := parseSettings(f)
	if err != nil {
		return settings{}, fmt.Errorf("%s:%w", name, err)
	}
	return s, nil
}

// parseSettings reads lines of a word and its values; "#" starts a comment. Errors begin with the line's number.
func parseSettings(r io.Reader) (settings, error) {
	s := settings{Memory: 1024, CPUs: 2}
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		line, _, _ := strings.Cut(lines.Text(), "#")
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		if err := s.set(words[0], words[1:]); err != nil {
			return settings{}, fmt.Errorf("%d: %w", n, err)
		}
	}
	return s, lines.Err()
}

// set takes one line of the machine file.
func (s *settings) set(word string, values []string) error {
	if len(values) == 0 {
		return fmt.Errorf("%s needs a value", word)
	}
	switch word {
	case "memory":
		return number(&s.Memory, values, 128, 65536)
	case "cpus":
		return number(&s.CPUs, values, 1, 64)
	case "have":
		s.Have = append(s.Have, values...)
	case "modules":
		s.Modules = append(s.Modules, values...)
	case "sysctl":
		for _, v := range values {
			if name, _, ok := strings.Cut(v, "="); !ok || name == "" || strings.Contains(name, "/") {
				return fmt.Errorf("sysctl %q is not NAME=VALUE with dots in the name", v)
			}
		}
		s.Sysctls = append(s.Sysctls, values...)
	default:
		return fmt.Errorf("%q is not one of memory, cpus, have, modules, sysctl", word)
	}
	return nil
}

// number reads the one number of a line.
func number(to *int, values []string, least, most int) error {
	n, err := strconv.Atoi(values[0])
	if err != nil || len(values) > 1 || n < least || n > most {
		return fmt.Errorf("%q is not one number from %d to %d", strings.Join(values, " "), least, most)
	}
	*to = n
	return nil
}
