package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"

	"github.com/spf13/cobra"

	"ha/cmd/ha/lab"
	"ha/enforcer"
	"ha/hcl"
)

func newLab(m *machine) *cobra.Command {
	var s source
	var script string
	cmd := &cobra.Command{
		Use:   "lab [DIR]",
		Short: "Run the whole cluster of a configuration on this machine, in network namespaces",
		Long: `Run every node of the configuration in DIR in a network namespace of its own, joined by a bridge: an enforcer per
node, a web server on each real server, and a client that probes every VIP and measures how long it is away. In a
terminal it shows a live view and takes commands (fail lb1, restore lb1, cut lb1, stop web1, …; help lists them);
--script takes them from a file, "-" from standard input. Needs root and nothing installed, touches nothing outside
of its namespaces, and removes everything at the end.`,
		Args: usage(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := m.load(&s, args)
			if err != nil {
				return err
			}
			return m.lab(cmd.Context(), c, script)
		},
	}
	addSource(cmd, &s)
	cmd.Flags().StringVar(&script, "script", "", `file with commands to carry out; "-" is standard input`)
	return cmd
}

// lab builds the cluster, hands it to the script or the terminal, and takes it away.
func (m *machine) lab(ctx context.Context, c *hcl.Config, script string) (err error) {
	commands, name, err := m.script(script)
	if err != nil {
		return err
	}
	defer commands.Close() // only read
	members, err := members(c)
	if err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	fmt.Fprintf(m.stdout, "starting %d nodes of cluster %s …\n", len(members), clean(c.Cluster()))
	l, err := lab.New(ctx, lab.Options{Cluster: c.Cluster(), Members: members, Exe: self, Out: m.stdout})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	if script == "" {
		return l.Terminal(ctx, m.stdin, m.stdout)
	}
	return l.Script(ctx, name, commands)
}

// script opens the commands; without a script a terminal is needed.
func (m *machine) script(path string) (io.ReadCloser, string, error) {
	switch {
	case path == "" && !(m.terminal(m.stdin) && m.terminal(m.stdout)):
		return nil, "", leave(exitRefused, "there is no terminal for the live view; give commands with --script FILE, or --script - for standard input")
	case path == "" || path == "-":
		return io.NopCloser(m.stdin), "standard input", nil
	}
	f, err := os.Open(path)
	return f, path, err
}

// members compiles every node for the lab.
func members(c *hcl.Config) ([]lab.Member, error) {
	var list []lab.Member
	for _, n := range c.Nodes() {
		compiled, err := c.Compile(n.Name)
		if err != nil {
			return nil, err
		}
		address, err := netip.ParseAddr(n.Address)
		if err != nil {
			return nil, fmt.Errorf("node %s: %w", n.Name, err)
		}
		member := lab.Member{Name: n.Name, Address: address, Interface: "eth0", Config: enforcer.Config(compiled)}
		for _, i := range member.Config.Instances {
			member.Interface = i.Interface
		}
		list = append(list, member)
	}
	return list, nil
}
