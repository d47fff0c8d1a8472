package main

import (
	"fmt"
	"os"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"ha/hcl"
	"ha/hcl/diag"
)

// source is where a configuration comes from: what the flags of plan, apply, validate and lab have in common.
type source struct {
	chdir    string
	vars     []string
	varFiles []string
	color    string
	all      bool
	format   string
	strict   bool
}

func addSource(cmd *cobra.Command, s *source) {
	f := cmd.Flags()
	f.StringVarP(&s.chdir, "chdir", "C", "", "configuration root, when no DIR is given (default $HA_CHDIR, or the current folder)")
	f.StringArrayVar(&s.vars, "var", nil, "value of an input variable, as name=value; may be given again")
	f.StringArrayVar(&s.varFiles, "var-file", nil, "file with values of input variables; may be given again")
	addColor(cmd, &s.color)
	f.BoolVar(&s.all, "all-errors", false, "print all diagnostics, not only the first 50")
	f.StringVar(&s.format, "format", "text", "how diagnostics are printed: text, json, github, gcc")
	f.BoolVar(&s.strict, "warnings-as-errors", false, "treat warnings as errors")
}

func addColor(cmd *cobra.Command, color *string) {
	cmd.Flags().StringVar(color, "color", "auto", "colour the output: auto, always, never")
}

// dir is the configuration root: the argument, --chdir, $HA_CHDIR, or the current folder.
func (s *source) dir(m *machine, args []string) (string, error) {
	switch {
	case len(args) > 0 && s.chdir != "":
		return "", leave(exitUsage, "the folder is given twice: as %s and as --chdir %s", args[0], s.chdir)
	case len(args) > 0:
		return args[0], nil
	case s.chdir != "":
		return s.chdir, nil
	case m.getenv("HA_CHDIR") != "":
		return m.getenv("HA_CHDIR"), nil
	}
	return ".", nil
}

// memoryGoal is how far a command that reads a configuration lets its memory grow before it collects garbage for all
// it is worth. What it needs beyond that, it still gets.
const memoryGoal = 400 << 20 // bytes

// load reads a configuration and prints its diagnostics. The error is only an exit code when diagnostics say all.
func (m *machine) load(s *source, args []string) (*hcl.Config, error) {
	// Who works once and ends collects garbage late: 10,000 pools are loaded in three quarters of the time.
	debug.SetGCPercent(400)
	debug.SetMemoryLimit(min(memoryGoal, debug.SetMemoryLimit(-1)))
	dir, err := s.dir(m, args)
	if err != nil {
		return nil, err
	}
	c, list := hcl.Load(dir, hcl.Inputs{Vars: s.vars, VarFiles: s.varFiles, Environ: m.environ, Version: version})
	if err := m.printDiagnostics(s, list); err != nil {
		return nil, err
	}
	errors, warnings := diag.Count(list)
	switch {
	case errors > 0:
		return nil, leave(exitError, "")
	case warnings > 0 && s.strict:
		return nil, leave(exitError, "%d %s, and --warnings-as-errors is set", warnings, plural(warnings, "warning"))
	}
	return c, nil
}

// printDiagnostics writes text to standard error and the formats for programs to standard output.
func (m *machine) printDiagnostics(s *source, list []diag.Diagnostic) error {
	color, err := m.color(s.color)
	if err != nil {
		return err
	}
	switch s.format {
	case "json":
		return diag.JSON(m.stdout, list)
	case "github":
		return diag.GitHub(m.stdout, list)
	case "gcc":
		return diag.GCC(m.stdout, list)
	case "text":
	default:
		return leave(exitUsage, "--format is text, json, github or gcc, not %q", s.format)
	}
	if len(list) == 0 {
		return nil
	}
	o := diag.TextOptions{ASCII: m.ascii(), Color: color, Hint: "--all-errors shows them"}
	if s.all {
		o.Max = -1
	}
	if err := diag.Text(m.stderr, list, o); err != nil {
		return err
	}
	errors, warnings := diag.Count(list)
	m.remark("\n%d %s, %d %s\n", errors, plural(errors, "error"), warnings, plural(warnings, "warning"))
	return nil
}

// ascii tells whether the locale has no UTF-8 (locale(7): the first of these that is set decides).
func (m *machine) ascii() bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := m.getenv(name); v != "" {
			v = strings.ToLower(v)
			return !strings.Contains(v, "utf-8") && !strings.Contains(v, "utf8")
		}
	}
	return false // none is set, as in most pipelines: their logs take UTF-8
}

func plural(n int, word string) string {
	if n == 1 {
		return word
	}
	return word + "s"
}

// readFile reads a file that a person named.
func readFile(path string, limit int64) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > limit {
		return nil, fmt.Errorf("%s has %d bytes, more than the %d that it may have", path, info.Size(), limit)
	}
	return os.ReadFile(path)
}
