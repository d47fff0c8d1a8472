package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"ha/hcl/diag"
)

func newValidate(m *machine) *cobra.Command {
	var s source
	var explain string
	cmd := &cobra.Command{
		Use:   "validate [DIR]",
		Short: "Check a configuration: everything that can be known without a node",
		Long: `Check the configuration in DIR, across all nodes. Needs no root, no network and no set-up. With --explain it
prints the effective arguments of a block (or of all, with "--explain ."), each with where its value comes from, and of a
VIP who answers for it when what it depends on has failed.`,
		Args: usage(cobra.MaximumNArgs(1)),
		RunE: func(_ *cobra.Command, args []string) error {
			c, err := m.load(&s, args)
			if err != nil {
				return err
			}
			if explain != "" {
				if explain == "." {
					explain = ""
				}
				return c.Explain(m.stdout, explain)
			}
			if s.format == "text" {
				nodes := "no nodes yet"
				if len(c.Nodes()) > 0 {
					nodes = "nodes " + clean(nodeNames(c))
				}
				_, err = fmt.Fprintf(m.stdout, "The configuration is valid: cluster %s, %s.\n", clean(c.Cluster()), nodes)
			}
			return err
		},
	}
	addSource(cmd, &s)
	cmd.Flags().StringVar(&explain, "explain", "", `print effective arguments with their origin: an address such as vip.web, or "." for all`)
	return cmd
}

func newExplain(m *machine) *cobra.Command {
	return &cobra.Command{
		Use:   "explain CODE",
		Short: "Explain a diagnostic by its code, such as HA2203",
		Args:  usage(cobra.ExactArgs(1)),
		RunE: func(_ *cobra.Command, args []string) error {
			meaning, near, ok := diag.Explain(args[0])
			if !ok && near != "" {
				return leave(exitError, "there is no diagnostic %s; did you mean %s?", clean(args[0]), near)
			}
			if !ok {
				return leave(exitError, "there is no diagnostic %s", clean(args[0]))
			}
			_, err := fmt.Fprintf(m.stdout, "%s: %s\n\n%s\n", meaning.Code, meaning.Title, meaning.Explain)
			return err
		},
	}
}
