package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"ha/hcl/diag"
	"ha/hcl/format"
)

func newFmt(m *machine) *cobra.Command {
	var s source
	o := format.Options{Stdin: m.stdin, Stdout: m.stdout}
	cmd := &cobra.Command{
		Use:   "fmt [PATH…]",
		Short: "Bring configuration files into their layout",
		Long: `Bring files, or the configuration files of folders, into their layout; the current folder when none is named, and
"-" formats standard input to standard output. Files that do not parse are left alone and reported. The names of the
files that were not in their layout are printed; with --check nothing is written, and the exit code is 2 when there
are any.`,
		RunE: func(_ *cobra.Command, paths []string) error {
			result, err := format.Run(paths, o)
			if err != nil {
				return err
			}
			if err := m.printDiagnostics(&s, diag.Collect(result.Diags, result)); err != nil {
				return err
			}
			for _, name := range result.Changed {
				if name != "-" && !o.Diff {
					fmt.Fprintln(m.stdout, clean(name))
				}
			}
			switch {
			case result.Diags.HasErrors():
				return leave(exitError, "")
			case o.Check && len(result.Changed) > 0:
				return leave(exitDifference, "")
			}
			return nil
		},
	}
	f := cmd.Flags()
	f.BoolVar(&o.Check, "check", false, "write nothing; exit with 2 when a file is not in its layout")
	f.BoolVar(&o.Diff, "diff", false, "print the differences")
	f.BoolVarP(&o.Recursive, "recursive", "r", false, "go into sub-folders")
	f.BoolVar(&o.Write, "write", true, "write the files")
	addColor(cmd, &s.color)
	s.format = "text"
	return cmd
}
