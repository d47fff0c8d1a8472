package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"ha/hcl/keepalived/account"
	"ha/hcl/keepalived/convert"
)

func newConvert(m *machine) *cobra.Command {
	var out, report string
	var one bool
	cmd := &cobra.Command{
		Use:   "convert [NODE=]FILE…",
		Short: "Make a configuration of the keepalived.conf of each node, with an account of every line",
		Long: `Read a keepalived.conf of keepalived 1.1 to 2.4, with all that it includes, and write the HCL that does the same to
the folder --out, or to standard output without it. The result is checked as "ha validate" does. NODE is the name of
the machine; without it the router_id is, or the name of the file.

The files of several nodes become one configuration: ha convert lb1=master.conf lb2=backup.conf --out DIR. What is the same
on all stands once, what differs stands in "node" blocks, and what differs and should not is told with both lines.

What keepalived passes over, the conversion passes over, with a remark at the line; what ha cannot do stays as a comment
in the result. Passwords become files of their own, mode 0600, in DIR/secrets; they belong to /etc/ha/secrets on the nodes.
With --report every line is told with what became of it.

Exit codes: 0 when all was carried over, 2 with remarks, 1 when it cannot be converted: then all reasons are listed and
nothing is written; 3 when files would be overwritten.`,
		Args: usage(cobra.MinimumNArgs(1)),
		RunE: func(_ *cobra.Command, args []string) error {
			write, err := reporter(report)
			if err != nil {
				return err
			}
			debug.SetGCPercent(400) // as whoever works once and ends
			debug.SetMemoryLimit(min(memoryGoal, debug.SetMemoryLimit(-1)))
			inputs := make([]convert.Input, len(args))
			for i, arg := range args {
				inputs[i] = convertInput(arg)
			}
			result, err := convert.Cluster(inputs, convert.Options{OneFile: one || out == "", Version: version})
			if errors.Is(err, convert.ErrTwice) {
				return leave(exitUsage, "%v", err)
			}
			if err != nil {
				return err
			}
			told := m.stdout
			if out == "" {
				told = m.stderr
			}
			if err := m.writeConverted(result, out); err != nil {
				return err
			}
			if err := write(result.Report(), told); err != nil {
				return err
			}
			switch worst, remarked := result.Account.Worst(); {
			case worst == account.Fatal:
				return leave(exitError, "%s cannot be converted; nothing was written", strings.Join(args, " "))
			case remarked:
				return leave(exitDifference, "")
			}
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&out, "out", "", "folder that the files go to; it is made when there is none")
	f.BoolVar(&one, "one-file", false, "write one file instead of one for nodes, VIPs, pools, …")
	f.StringVar(&report, "report", "", "tell every line: text, json, markdown; without it remarks and counts")
	return cmd
}

// convertInput is an argument: FILE, or NODE=FILE. A name of a file that has an equals sign is written with a slash.
func convertInput(arg string) convert.Input {
	node, path, named := strings.Cut(arg, "=")
	if !named || strings.Contains(node, "/") {
		return convert.Input{Path: arg}
	}
	return convert.Input{Node: node, Path: path}
}

// reporter is the form of a report.
func reporter(form string) (func(account.Report, io.Writer) error, error) {
	switch form {
	case "":
		return account.Report.Summary, nil
	case "text":
		return account.Report.Text, nil
	case "json":
		return account.Report.JSON, nil
	case "markdown":
		return account.Report.Markdown, nil
	}
	return nil, leave(exitUsage, "--report is text, json or markdown, not %q", form)
}

// writeConverted writes the files into a folder, or those without secrets to standard output. It never overwrites.
func (m *machine) writeConverted(r *convert.Result, dir string) error {
	if dir == "" {
		for _, f := range r.Files {
			if strings.HasSuffix(f.Name, ".hcl") {
				if _, err := m.stdout.Write(f.Content); err != nil {
					return err
				}
			}
		}
		return nil
	}
	var taken []string
	if others, err := filepath.Glob(filepath.Join(dir, "*.hcl")); err == nil {
		taken = others
	}
	for _, f := range r.Files {
		path := filepath.Join(dir, f.Name)
		if _, err := os.Lstat(path); err == nil && !strings.HasSuffix(path, ".hcl") {
			taken = append(taken, path)
		}
	}
	if len(taken) > 0 {
		return leave(exitRefused, "%s is there already, and nothing is overwritten; name another folder with --out", clean(taken[0]))
	}
	for _, f := range r.Files {
		if err := writeNew(filepath.Join(dir, f.Name), f); err != nil {
			return err
		}
	}
	return nil
}

// writeNew writes a file that must not exist yet.
func writeNew(path string, f convert.File) error {
	folder, mode := os.FileMode(0o755), os.FileMode(0o644)
	if f.Secret {
		folder, mode = 0o700, 0o600
	}
	if err := os.MkdirAll(filepath.Dir(path), folder); err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return fmt.Errorf("nothing is overwritten: %w", err)
	}
	_, err = file.Write(f.Content)
	return errors.Join(err, file.Close())
}
